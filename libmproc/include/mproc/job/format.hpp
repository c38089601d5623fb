#pragma once

#include <optional>
#include <string_view>

#include "mproc/job/job.hpp"

namespace mproc::job {

/// The format that `output.format`, `--format` or a suffix without its dot names.
std::optional<Format> format_named(std::string_view name);

}  // namespace mproc::job
