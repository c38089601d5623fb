#include "mproc/kernels/fresh/autoregression.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <numbers>

#include "random_series.hpp"
#include "unit/kernels/fresh/some_series.hpp"

namespace mproc::kernels::fresh {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

std::vector<double> coefficients_of(std::span<const double> values, std::size_t k) {
  std::vector<double> coefficients(k + 1);
  ar_coefficients(values, coefficients);
  return coefficients;
}

double at(std::span<const double> values, Index i) {
  return values[static_cast<std::size_t>(i)];
}

// Rows of a constant and the k values before, and in the last column the value.
MatrixXd regression(std::span<const double> values, Index k) {
  MatrixXd system(static_cast<Index>(values.size()) - k, k + 2);
  for (Index row = 0; row < system.rows(); ++row) {
    system(row, 0) = 1;
    for (Index lag = 1; lag <= k; ++lag) system(row, lag) = at(values, row + k - lag);
    system(row, k + 1) = at(values, row + k);
  }
  return system;
}

VectorXd shortest_fit(const MatrixXd& system) {
  const Eigen::JacobiSVD<MatrixXd> svd(system.leftCols(system.cols() - 1),
                                       Eigen::ComputeThinU | Eigen::ComputeThinV);
  return svd.solve(system.rightCols<1>());
}

void expect_shortest_fit(std::span<const double> values, std::size_t k) {
  const auto coefficients = coefficients_of(values, k);
  const VectorXd expected = shortest_fit(regression(values, static_cast<Index>(k)));
  for (std::size_t i = 0; i <= k; ++i)
    ASSERT_NEAR(coefficients[i], expected[static_cast<Index>(i)], 1e-11) << i;
}

TEST(AutoregressionTest, coefficients_fit_best) {
  for_each_length([](std::size_t n) {
    if (n >= 22) expect_shortest_fit(noise(n), 10);
  });
  expect_shortest_fit(noise(200), 1);
  expect_shortest_fit(noise(200), 0);
}

// Rows are taken up 1024 at a time.
TEST(AutoregressionTest, long_series_are_fitted_as_a_whole) {
  for (const std::size_t n : {1034, 1035, 2500}) expect_shortest_fit(noise(n), 10);
}

TEST(AutoregressionTest, of_several_fits_the_shortest_is_taken) {
  expect_shortest_fit(std::vector<double>(60, 5), 10);
  std::vector<double> wave(200);
  for (std::size_t i = 0; i < wave.size(); ++i) wave[i] = i % 2 == 0 ? 1 : -1;
  expect_shortest_fit(wave, 10);
}

TEST(AutoregressionTest, units_do_not_matter_where_the_constant_counts_for_nothing) {
  const auto coefficients = coefficients_of(noise(100), 10);
  auto values = noise(100);
  for (double& value : values) value = std::ldexp(value, 20);
  const auto large = coefficients_of(values, 10);
  EXPECT_NEAR(large[0], std::ldexp(coefficients[0], 20), 1e-6);
  for (std::size_t i = 1; i < 11; ++i) EXPECT_NEAR(large[i], coefficients[i], 1e-12);
}

TEST(AutoregressionTest, short_series_have_no_fit) {
  const auto coefficients = coefficients_of(noise(21), 10);
  for (std::size_t i = 0; i < 10; ++i) EXPECT_TRUE(std::isnan(coefficients[i]));
  EXPECT_EQ(coefficients[10], 0);
  EXPECT_FALSE(std::isnan(coefficients_of(noise(22), 10)[0]));
}

TEST(AutoregressionTest, what_is_not_finite_has_no_fit) {
  auto values = noise(50);
  values[20] = std::nan("");
  for (const double coefficient : coefficients_of(values, 10)) EXPECT_TRUE(std::isnan(coefficient));
  EXPECT_TRUE(std::isnan(augmented_dickey_fuller(values, LagChoice::aic).used_lag));
}

TEST(AutoregressionTest, awkward_series_do_no_harm) {
  for (const auto& values : awkward_series())
    for (const std::size_t k : {0, 1, 10}) coefficients_of(values, k);
}

struct Regression {
  double t_of_level, t_of_last, log_likelihood;
};

// Changes from begin on, on a constant, the level and so many changes before.
Regression unit_root_regression(std::span<const double> values, Index begin, Index lags) {
  const auto change = [&](Index i) { return at(values, i + 1) - at(values, i); };
  const Index rows = static_cast<Index>(values.size()) - 1 - begin;
  MatrixXd columns(rows, lags + 2);
  VectorXd target(rows);
  for (Index row = 0; row < rows; ++row) {
    columns(row, 0) = at(values, begin + row);
    columns(row, 1) = 1;
    for (Index lag = 1; lag <= lags; ++lag) columns(row, lag + 1) = change(begin + row - lag);
    target[row] = change(begin + row);
  }
  const MatrixXd inverse = (columns.transpose() * columns).inverse();
  const VectorXd fit = inverse * (columns.transpose() * target);
  const double squares = (target - columns * fit).squaredNorm();
  const double variance = squares / static_cast<double>(rows - lags - 2);
  const auto t = [&](Index k) { return fit[k] / std::sqrt(inverse(k, k) * variance); };
  const auto n = static_cast<double>(rows);
  return {t(0), t(lags + 1), -n / 2 * (std::log(2 * std::numbers::pi * squares / n) + 1)};
}

Index expected_lags(std::span<const double> values, Index most, LagChoice choice) {
  Index best = 0;
  double least = INFINITY;
  if (choice == LagChoice::most) return most;
  for (Index lags = most; choice == LagChoice::t_stat && lags >= 0; --lags)
    if (lags == 0 || std::abs(unit_root_regression(values, most, lags).t_of_last) > 1.6448536269514722)
      return lags;
  const double price = choice == LagChoice::aic
                           ? 2
                           : std::log(static_cast<double>(values.size()) - 1 - static_cast<double>(most));
  for (Index lags = 0; lags <= most; ++lags) {
    const double criterion =
        price * static_cast<double>(lags + 2) - 2 * unit_root_regression(values, most, lags).log_likelihood;
    if (criterion < least) best = lags;
    least = std::min(least, criterion);
  }
  return best;
}

std::vector<double> walk(std::size_t n, unsigned seed) {
  auto values = noise(n, seed);
  for (std::size_t i = 1; i < n; ++i) values[i] += values[i - 1];
  return values;
}

// An oscillation that needs lags.
std::vector<double> echo(std::size_t n, unsigned seed) {
  auto values = noise(n, seed);
  for (std::size_t i = 4; i < n; ++i) values[i] += 0.7 * values[i - 1] - 0.6 * values[i - 4];
  return values;
}

void expect_unit_root_test(const std::vector<double>& values, LagChoice choice) {
  const auto n = static_cast<double>(values.size());
  const auto most = std::min<Index>(static_cast<Index>(values.size() / 2) - 2,
                                    static_cast<Index>(std::ceil(12 * std::pow(n / 100, 0.25))));
  const Index lags = expected_lags(values, most, choice);
  const auto test = augmented_dickey_fuller(values, choice);
  ASSERT_EQ(test.used_lag, static_cast<double>(lags)) << n;
  ASSERT_NEAR(test.statistic, unit_root_regression(values, lags, lags).t_of_level,
              1e-8 * std::abs(test.statistic));
}

TEST(AutoregressionTest, the_unit_root_test_is_the_t_of_the_level_with_the_lags_chosen) {
  for (const std::size_t n : {4, 5, 12, 40, 150, 400})
    for (const auto& values : {noise(n, 3), walk(n, 4), echo(n, 5)})
      for (const auto choice : {LagChoice::aic, LagChoice::bic, LagChoice::t_stat, LagChoice::most})
        expect_unit_root_test(values, choice);
  for_each_length([](std::size_t n) {
    if (n >= 4) expect_unit_root_test(walk(n, 6), LagChoice::aic);
  });
}

// Points of MacKinnon's table: 1 %, 5 % and 10 % for long series.
TEST(AutoregressionTest, p_values_are_small_where_there_is_no_unit_root) {
  EXPECT_LT(augmented_dickey_fuller(noise(300), LagChoice::aic).p_value, 1e-6);
  EXPECT_GT(augmented_dickey_fuller(walk(300, 1), LagChoice::aic).p_value, 0.05);
  double below = 0, above = 1;
  for (unsigned seed = 0; seed < 200; ++seed) {
    const auto test = augmented_dickey_fuller(walk(100, seed), LagChoice::bic);
    if (test.statistic < -2.86 && test.statistic > -3.43) below = std::max(below, test.p_value);
    if (test.statistic > -2.86) above = std::min(above, test.p_value);
  }
  EXPECT_GT(below, 0.03);
  EXPECT_LT(below, 0.0505);
  EXPECT_GT(above, 0.0495);
  EXPECT_LT(above, 0.07);
}

TEST(AutoregressionTest, an_exact_fit_needs_no_more_lags) {
  std::vector<double> wave(300);
  for (std::size_t i = 0; i < wave.size(); ++i) wave[i] = std::sin(static_cast<double>(i) / 5);
  const auto test = augmented_dickey_fuller(wave, LagChoice::aic);
  EXPECT_EQ(test.used_lag, 1);
  EXPECT_EQ(test.p_value, 0);
}

TEST(AutoregressionTest, a_constant_series_has_no_statistic) {
  for (const double value : {0.0, 5.0, -0.1}) {
    const auto test = augmented_dickey_fuller(std::vector<double>(60, value), LagChoice::aic);
    EXPECT_TRUE(std::isnan(test.statistic));
    EXPECT_TRUE(std::isnan(test.p_value));
    EXPECT_EQ(test.used_lag, 0);
  }
}

TEST(AutoregressionTest, awkward_series_do_the_unit_root_test_no_harm) {
  for (const auto& values : awkward_series())
    for (const auto choice : {LagChoice::aic, LagChoice::bic, LagChoice::t_stat, LagChoice::most}) {
      const auto test = augmented_dickey_fuller(values, choice);
      EXPECT_TRUE(std::isnan(test.p_value) || (test.p_value >= 0 && test.p_value <= 1));
    }
}

}  // namespace
}  // namespace mproc::kernels::fresh
