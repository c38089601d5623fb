#pragma once

#include <string_view>

namespace mproc::job {

/// Whether text is well-formed UTF-8 (no overlong forms, no surrogates): what is not, Python could not
/// decode.
bool is_utf8(std::string_view text);

}  // namespace mproc::job
