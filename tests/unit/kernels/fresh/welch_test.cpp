#include "mproc/kernels/fresh/welch.hpp"

#include <gtest/gtest.h>

#include <complex>
#include <numbers>

#include "mproc/kernels/fresh/binned_entropy.hpp"
#include "random_series.hpp"
#include "unit/kernels/fresh/some_series.hpp"

namespace mproc::kernels::fresh {
namespace {

std::vector<double> density_of(std::span<const double> values) {
  std::vector<double> density;
  welch_density(values, density);
  return density;
}

// Line k of one segment, by the definition.
double power(std::span<const double> segment, std::size_t k) {
  const auto n = static_cast<double>(segment.size());
  double mean = 0, weights = 0;
  for (const double value : segment) mean += value / n;
  std::complex<double> line;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    const double turn = 2 * std::numbers::pi * static_cast<double>(i) / n;
    const double weight = segment.size() == 1 ? 1 : std::pow(std::sin(turn / 2), 2);
    line += (segment[i] - mean) * weight * std::polar(1.0, -turn * static_cast<double>(k));
    weights += weight * weight;
  }
  const bool alone = k == 0 || 2 * k == segment.size();
  return std::norm(line) / weights * (alone ? 1 : 2);
}

void expect_mean_of_segments(std::size_t n) {
  const auto values = noise(n);
  const auto density = density_of(values);
  const std::size_t length = std::min<std::size_t>(n, 256), step = length - length / 2;
  ASSERT_EQ(density.size(), length / 2 + 1);
  for (std::size_t k = n % 3; k < density.size(); k += 3) {
    double sum = 0, segments = 0;
    for (std::size_t begin = 0; begin + length <= n; begin += step, ++segments)
      sum += power(std::span(values).subspan(begin, length), k);
    ASSERT_NEAR(density[k], sum / segments, 1e-10) << k << " of " << n;
  }
}

TEST(WelchTest, the_density_is_the_mean_over_overlapping_segments) {
  for_each_length(expect_mean_of_segments);
  for (const std::size_t n : {383, 384, 500, 700}) expect_mean_of_segments(n);
}

TEST(WelchTest, lines_that_there_are_not_are_NaN) {
  const auto density = density_of(noise(10));
  EXPECT_EQ(spkt_welch_density(density, 5), density[5]);
  EXPECT_TRUE(std::isnan(spkt_welch_density(density, 6)));
  EXPECT_TRUE(std::isnan(spkt_welch_density({}, 0)));
}

TEST(WelchTest, the_entropy_is_that_of_lines_over_the_largest) {
  const std::vector<double> density{0, 4, 1, 1, 2};
  const std::vector<double> shares{0, 1, 0.25, 0.25, 0.5};
  for (const std::size_t bins : {1, 2, 3, 10})
    EXPECT_EQ(fourier_entropy(density, bins), binned_entropy(shares, bins));
  EXPECT_TRUE(std::isnan(fourier_entropy({}, 10)));
  EXPECT_TRUE(std::isnan(fourier_entropy(density_of(std::vector<double>(40, 3)), 10)));
}

TEST(WelchTest, awkward_series_do_no_harm) {
  for (const auto& values : awkward_series()) {
    const auto density = density_of(values);
    for (const std::size_t bins : {0, 1, 5, 100}) fourier_entropy(density, bins);
  }
}

}  // namespace
}  // namespace mproc::kernels::fresh
