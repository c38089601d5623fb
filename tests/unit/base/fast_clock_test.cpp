#include "mproc/base/fast_clock.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace mproc::base {
namespace {

/// The least difference of several looks: this process may be interrupted between the two clocks.
std::int64_t difference(const FastClock& clock) {
  std::int64_t least = INT64_MAX;
  for (int i = 0; i < 100; ++i) {
    const std::int64_t before = monotonic_ns(), fast = clock.now_ns(), after = monotonic_ns();
    const std::int64_t off = fast < before ? before - fast : std::max<std::int64_t>(0, fast - after);
    least = std::min(least, off);
  }
  return least;
}

TEST(FastClock, shows_the_time_of_the_exact_clock) {
  const FastClock first;
  EXPECT_LT(difference(first), 10'000);
  for (const std::int64_t start = monotonic_ns(); monotonic_ns() - start < 50'000'000;) {
  }
  const FastClock second;  // knows the rate
  for (const std::int64_t start = monotonic_ns(); monotonic_ns() - start < 200'000'000;) {
  }
  EXPECT_LT(difference(second), 100'000) << "after 200 ms";
  EXPECT_LT(difference(first), 100'000);
}

TEST(FastClock, never_goes_back) {
  const FastClock clock;
  std::int64_t last = clock.now_ns();
  for (int i = 0; i < 1'000'000; ++i) {
    const std::int64_t now = clock.now_ns();
    ASSERT_GE(now, last);
    last = now;
  }
}

}  // namespace
}  // namespace mproc::base
