#include "mproc/kernels/fresh/langevin.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>

#include "mproc/kernels/fresh/quantiles.hpp"
#include "mproc/kernels/fresh/series.hpp"
#include "random_series.hpp"
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

// The drift fitted at the mean values of the bins, by the definition.
struct FittedDrift {
  Eigen::VectorXd values, changes;
};

FittedDrift fit_by_definition(const std::vector<double>& values, std::size_t m, std::size_t r) {
  std::vector<double> sorted(values.begin(), values.end() - 1), means, changes;
  std::sort(sorted.begin(), sorted.end());
  const auto edge = [&](std::size_t k) {  // of numpy.linspace's shares
    return quantile(sorted, k == r ? 1 : static_cast<double>(k) * (1 / static_cast<double>(r)));
  };
  for (std::size_t k = 0; k < r; ++k) {
    double value = 0, change = 0, count = 0;
    for (std::size_t i = 0; i + 1 < values.size(); ++i) {
      if ((values[i] <= edge(k) && k > 0) || values[i] > edge(k + 1)) continue;
      value += values[i];
      change += values[i + 1] - values[i];
      ++count;
    }
    if (count == 0) continue;
    means.push_back(value / count);
    changes.push_back(change / count);
  }
  Eigen::MatrixXd powers(static_cast<Eigen::Index>(means.size()), static_cast<Eigen::Index>(m) + 1);
  const Eigen::Map<const Eigen::VectorXd> x(means.data(), powers.rows()), y(changes.data(), powers.rows());
  for (Eigen::Index k = 0; k < powers.cols(); ++k) powers.col(k) = x.array().pow(static_cast<double>(k));
  const Eigen::VectorXd fit = powers.completeOrthogonalDecomposition().solve(y);
  return {x, powers * fit};
}

TEST(LangevinTest, drifts_of_series_of_every_length_fit_the_bins_best) {
  for_each_length([](std::size_t n) {
    if (n < 3) return;
    const auto values = noise(n);
    const auto coefficients = coefficients_of(values, 3, 30);
    const FittedDrift expected = fit_by_definition(values, 3, 30);
    for (Eigen::Index i = 0; i < expected.values.size(); ++i) {
      double drift = 0;
      for (const double coefficient : coefficients) drift = drift * expected.values[i] + coefficient;
      EXPECT_TRUE(same(drift, expected.changes[i], 1));
    }
    const double fixed = fixed_point_of(coefficients);
    double slope = 0, drift = 0, size = 0;
    for (const double coefficient : coefficients) {
      slope = slope * fixed + drift;
      drift = drift * fixed + coefficient;
      size = size * std::abs(fixed) + std::abs(coefficient);
    }
    // A real root, unless the drift has two that are not, to the right of the real one.
    const double a = coefficients[0], b = coefficients[1];
    if (std::abs(drift) > 1e-9 * size) {
      // The real parts of three roots add up to -b / a.
      const double real = -b / a - 2 * fixed;
      double at_real = 0, size_there = 0;
      for (const double coefficient : coefficients) {
        at_real = at_real * real + coefficient;
        size_there = size_there * std::abs(real) + std::abs(coefficient);
      }
      EXPECT_LT(real, fixed);
      EXPECT_LT(std::abs(at_real), 1e-9 * size_there);
    }
  });
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
