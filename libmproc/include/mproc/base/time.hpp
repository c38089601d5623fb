#pragma once

#include <chrono>
#include <cstdint>

namespace mproc::base {

using Nanoseconds = std::chrono::nanoseconds;

inline constexpr std::int64_t second_ns = 1'000'000'000;

/// Monotonic time since boot, ns: comparable between processes of one host only.
inline std::int64_t monotonic_ns() {
  return std::chrono::duration_cast<Nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Wall-clock time since 1970-01-01 UTC, ns: what records carry.
inline std::int64_t wall_ns() {
  return std::chrono::duration_cast<Nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace mproc::base
