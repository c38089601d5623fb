#pragma once

#include <string_view>

namespace mproc::base {

/// A line to stderr, with "mproc: " before it. That whoever read there has gone ends nothing.
void say(std::string_view text);

}  // namespace mproc::base
