#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "support/sanitized.hpp"

namespace mproc::kernels::fresh {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

// Series of one kind, any length: the same in every run.
struct RandomSeries {
  using Value = double (*)(std::mt19937_64&, std::size_t);
  const char* name;
  Value value;

  std::vector<double> of_length(std::size_t n) const {
    std::mt19937_64 random(1000 * n + static_cast<unsigned char>(name[0]));
    std::vector<double> values(n);
    for (std::size_t i = 0; i < n; ++i) values[i] = value(random, i);
    return values;
  }
};

namespace draw {

// In [0, 1).
inline double uniform(std::mt19937_64& random) {
  return static_cast<double>(random() >> 11) * 0x1p-53;
}

inline double noise(std::mt19937_64& random, std::size_t) {
  return 10 * uniform(random) - 4;
}
inline double ties(std::mt19937_64& random, std::size_t) {
  return static_cast<double>(random() % 7) - 3;
}
inline double constant(std::mt19937_64&, std::size_t) {
  return 2.5;
}
inline double rises(std::mt19937_64& random, std::size_t i) {
  return 0.25 * static_cast<double>(i) + uniform(random);
}
inline double with_nans(std::mt19937_64& random, std::size_t i) {
  return random() % 20 == 0 ? nan : noise(random, i);
}
inline double with_infinities(std::mt19937_64& random, std::size_t i) {
  const auto which = random() % 60;
  return which == 0 ? infinity : which == 1 ? -infinity : ties(random, i);
}
// Of any size, denormal and zero, NaN and infinity among them.
inline double any_bits(std::mt19937_64& random, std::size_t) {
  return std::bit_cast<double>(random());
}
inline double zeros_and_extremes(std::mt19937_64& random, std::size_t) {
  constexpr double extremes[] = {
      0.0, -0.0, 5e-324, -5e-324, 1.7976931348623157e308, -1.7976931348623157e308, 1e-300};
  return extremes[random() % std::size(extremes)];
}

}  // namespace draw

inline const std::vector<RandomSeries>& finite_series() {
  static const std::vector<RandomSeries> kinds{
      {"noise", draw::noise}, {"ties", draw::ties}, {"constant", draw::constant}, {"rises", draw::rises}};
  return kinds;
}
inline const std::vector<RandomSeries>& all_series() {
  static const std::vector<RandomSeries> kinds{
      {"noise", draw::noise}, {"ties", draw::ties},           {"constant", draw::constant},
      {"rises", draw::rises}, {"with NaNs", draw::with_nans}, {"infinities", draw::with_infinities}};
  return kinds;
}
inline const std::vector<RandomSeries>& wild_series() {
  static const std::vector<RandomSeries> kinds{{"any bits", draw::any_bits},
                                               {"zeros and extremes", draw::zeros_and_extremes},
                                               {"with NaNs", draw::with_nans}};
  return kinds;
}

// check(values) for each length from 0 to longest of each kind; what fails says of which.
template <class Check>
void for_each_series(const std::vector<RandomSeries>& kinds, std::size_t longest, const Check& check) {
  for (const RandomSeries& kind : kinds) {
    for (std::size_t n = 0; n <= longest && !::testing::Test::HasFailure(); ++n) {
      SCOPED_TRACE(std::string(kind.name) + ", " + std::to_string(n) + " values");
      check(kind.of_length(n));
    }
  }
}

// check(n) for every length from 1 to 300; some of them where the sanitizers make definitions slow.
template <class Check>
void for_each_length(const Check& check) {
  for (std::size_t n = 1; n <= 300 && !::testing::Test::HasFailure(); n += testing::sanitized ? 13 : 1) {
    SCOPED_TRACE(std::to_string(n) + " values");
    check(n);
  }
}

// Equal to 1e-9 of the larger, or of scale where that is more: what terms of that size leave by rounding.
inline ::testing::AssertionResult same(double found, double expected, double scale = 0) {
  const double size = std::max({std::abs(found), std::abs(expected), scale});
  if (std::isnan(found) && std::isnan(expected)) return ::testing::AssertionSuccess();
  if (found == expected || std::abs(found - expected) <= 1e-9 * size) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << found << ", not " << expected;
}

}  // namespace mproc::kernels::fresh
