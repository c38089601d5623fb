#pragma once

#include <cstdint>
#include <string>

#include "mproc/base/outcome.hpp"
#include "mproc/journal/index.hpp"

namespace mproc::app {

/// "2026-11-22 22:17:27.203", in this machine's time zone.
std::string clock_time(std::int64_t wall_ns);

/// A line that is too long for a terminal, cut.
std::string shortened(const std::string& line);

/// One try of a task for people to read: where and when it ran, how it ended, what it printed. `number`: from
/// 1.
std::string try_text(std::size_t number, const journal::Index::Detail& detail);

}  // namespace mproc::app
