#pragma once

#include <string>

#include "mproc/base/fd.hpp"

namespace mproc::exec {

inline constexpr std::size_t capture_limit = std::size_t{64} * 1024;  ///< bytes kept of what one task prints

/// An empty file in memory that every writer appends to. Throws SystemError.
base::Fd make_capture(const char* label);

/// What stands in a capture file, at most `limit` bytes with a note of what was cut; empties the file.
std::string drain_capture(int fd, std::size_t limit = capture_limit);

}  // namespace mproc::exec
