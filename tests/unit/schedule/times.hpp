#pragma once

#include <cstdint>

namespace mproc::schedule {

inline constexpr std::int64_t us = 1'000;
inline constexpr std::int64_t ms = 1'000'000;
inline constexpr std::int64_t s = 1'000'000'000;

}  // namespace mproc::schedule
