#pragma once

#include <string>

#include "mproc/base/json.hpp"

namespace mproc::report {

/// A job document for people to read, as TOML would be written; long lists are cut.
std::string job_text(const base::Json& document);

}  // namespace mproc::report
