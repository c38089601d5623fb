#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mproc::job {

/// "30m", "8h", "10s", "500ms", "2d", "1h30m", "1.5h", "08:00:00" (hours, minutes, seconds), "1-08:00:00";
/// nothing for anything else, or for more than a century.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// Bytes of "2GiB", "1.5TiB", "500MB" (of a million bytes each), "4096B"; nothing for anything else, or for
/// more than 2^60.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// "1.5 GiB", "512 MiB", "100 B".
std::string size_text(std::uint64_t bytes);

}  // namespace mproc::job
