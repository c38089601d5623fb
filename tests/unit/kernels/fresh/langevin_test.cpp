#include "mproc/kernels/fresh/langevin.hpp"

#include <gtest/gtest.h>

#include "mproc/kernels/fresh/series.hpp"
#include "unit/kernels/fresh/some_series.hpp"

namespace mproc::kernels::fresh {
namespace {

std::vector<double> coefficients_of(std::span<const double> values, std::size_t m, std::size_t r) {
  Series series(values);
  const auto coefficients = series.drift(m, r);
  return {coefficients.begin(), coefficients.end()};
}

double fixed_point_of(const std::vector<double>& coefficients) {
  return max_langevin_fixed_point(coefficients);
}

// Mean changes of a linear drift are those of mean values, whatever the bins.
TEST(LangevinTest, a_linear_drift_is_found_again) {
  std::vector<double> values(200, 3);
  for (std::size_t i = 1; i < values.size(); ++i) values[i] = values[i - 1] + (2 - 0.02 * values[i - 1]);
  const auto coefficients = coefficients_of(values, 3, 30);
  ASSERT_EQ(coefficients.size(), 4u);
  EXPECT_NEAR(coefficients[0], 0, 1e-9);
  EXPECT_NEAR(coefficients[1], 0, 1e-9);
  EXPECT_NEAR(coefficients[2], -0.02, 1e-9);
  EXPECT_NEAR(coefficients[3], 2, 1e-9);
  EXPECT_NEAR(fixed_point_of(coefficients_of(values, 1, 10)), 100, 1e-9);
}

// Bins of one value each; a polynomial through all of them.
TEST(LangevinTest, as_many_bins_as_coefficients_are_met_exactly) {
  const std::vector<double> values{0, 1, 3, 2, 7};
  const auto coefficients = coefficients_of(values, 3, 4);
  for (std::size_t i = 0; i < 4; ++i) {
    double drift = 0;
    for (const double coefficient : coefficients) drift = drift * values[i] + coefficient;
    EXPECT_NEAR(drift, values[i + 1] - values[i], 1e-12);
  }
}

TEST(LangevinTest, bins_whose_edges_coincide_have_no_fit) {
  for (const double coefficient : coefficients_of(ties(200, 9), 3, 30)) EXPECT_TRUE(std::isnan(coefficient));
  for (const double coefficient : coefficients_of({}, 3, 30)) EXPECT_TRUE(std::isnan(coefficient));
  EXPECT_TRUE(std::isnan(fixed_point_of(coefficients_of(ties(200, 9), 3, 30))));
}

TEST(LangevinTest, missing_values_are_left_out) {
  auto values = noise(200);
  values[50] = std::nan("");
  for (const double coefficient : coefficients_of(values, 3, 30)) EXPECT_TRUE(std::isfinite(coefficient));
}

TEST(LangevinTest, the_rightmost_root_is_the_fixed_point) {
  EXPECT_NEAR(fixed_point_of({1, -4, -7, 10}), 5, 1e-12);  // (x - 1)(x + 2)(x - 5)
  EXPECT_NEAR(fixed_point_of({1, 1, 7, -9}), 1, 1e-12);    // (x - 1)(x^2 + 2x + 9)
  EXPECT_NEAR(fixed_point_of({1, -3, 1, 5}), 2, 1e-12);    // (x + 1)(x^2 - 4x + 5)
}

TEST(LangevinTest, roots_of_any_size_are_found) {
  EXPECT_NEAR(fixed_point_of({1e-24, -6e-12, 11, -6e12}) / 3e12, 1, 1e-9);
  EXPECT_NEAR(fixed_point_of({1e24, -6e12, 11, -6e-12}) * 1e12, 3, 1e-9);
}

TEST(LangevinTest, coefficients_of_0_lower_the_degree) {
  EXPECT_EQ(fixed_point_of({0, 0, 2, -8}), 4);
  EXPECT_EQ(fixed_point_of({0, 1, 4, 0}), 0);
  EXPECT_NEAR(fixed_point_of({0, 1, -4, 0}), 4, 1e-12);
  EXPECT_EQ(fixed_point_of({3, 0, 0, 0}), 0);
}

TEST(LangevinTest, without_roots_there_is_no_fixed_point) {
  EXPECT_TRUE(std::isnan(fixed_point_of({0, 0, 0, 3})));
  EXPECT_TRUE(std::isnan(fixed_point_of({0, 0, 0, 0})));
  EXPECT_TRUE(std::isnan(fixed_point_of({})));
  EXPECT_TRUE(std::isnan(fixed_point_of({1, std::nan(""), 0, 1})));
  EXPECT_TRUE(std::isnan(fixed_point_of({1, INFINITY, 0, 1})));
}

TEST(LangevinTest, awkward_series_do_no_harm) {
  for (const auto& values : awkward_series())
    for (const std::size_t m : {0, 1, 3, 12})
      for (const std::size_t r : {0, 1, 5, 30}) max_langevin_fixed_point(coefficients_of(values, m, r));
}

}  // namespace
}  // namespace mproc::kernels::fresh
