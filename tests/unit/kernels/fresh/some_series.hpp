#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace mproc::kernels::fresh {

// Normally distributed, the same in each run.
inline std::vector<double> noise(std::size_t n, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::vector<double> values(n);
  // Sums of twelve uniform ones: std::normal_distribution differs from library to library.
  for (double& value : values) {
    value = -6;
    for (int k = 0; k < 12; ++k) value += static_cast<double>(random()) / 4294967296.0;
  }
  return values;
}

// Whole numbers from 0 to most, so that many are equal.
inline std::vector<double> ties(std::size_t n, unsigned most, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::vector<double> values(n);
  for (double& value : values) value = random() % (most + 1);
  return values;
}

// What calculators have to get over without a fault: all short lengths, constants, what is not finite, and
// numbers at the ends of their range.
inline std::vector<std::vector<double>> awkward_series() {
  constexpr double infinity = std::numeric_limits<double>::infinity(),
                   largest = std::numeric_limits<double>::max();
  const std::vector<double> odd{std::nan(""), infinity, -infinity, largest, -largest,
                                1e300,        5e-324,   -1e-310,   -0.0,    1e160};
  std::vector<std::vector<double>> all;
  for (std::size_t n = 0; n < 30; ++n) {
    all.push_back(noise(n));
    all.push_back(std::vector<double>(n, 2.5));
  }
  for (const std::size_t n : {1, 2, 5, 24, 60, 300}) {
    for (const double value : odd) {
      all.push_back(std::vector<double>(n, value));
      for (const std::size_t place : {std::size_t{0}, n / 2, n - 1}) {
        all.push_back(noise(n));
        all.back()[place] = value;
      }
    }
    all.push_back(std::vector<double>(n));
    for (std::size_t i = 0; i < n; ++i) all.back()[i] = odd[i * 7 % odd.size()];
    all.push_back(std::vector<double>(n));
    for (std::size_t i = 0; i < n; ++i) all.back()[i] = i % 2 == 0 ? largest : -largest;
    for (const double scale : {1e307, 1e200, 1e-200, 1e-320}) {
      all.push_back(noise(n));
      for (double& value : all.back()) value *= scale;
    }
    all.push_back(std::vector<double>(n));
    for (std::size_t i = 0; i < n; ++i) all.back()[i] = static_cast<double>(i);
    all.push_back(std::vector<double>(n));
    for (std::size_t i = 0; i < n; ++i) all.back()[i] = std::sin(static_cast<double>(i) / 3);
  }
  return all;
}

}  // namespace mproc::kernels::fresh
