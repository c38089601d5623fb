#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace mproc::job {

/// "30m", "8h", "10s", "500ms", "2d", "1h30m", "1.5h", "08:00:00" (hours, minutes, seconds), "1-08:00:00";
/// nothing for anything else, or for more than a century.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace mproc::job
