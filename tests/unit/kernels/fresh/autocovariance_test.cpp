#include "mproc/kernels/fresh/autocovariance.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>

#include "mproc/kernels/fresh/arithmetic.hpp"
#include "random_series.hpp"
#include "unit/kernels/fresh/some_series.hpp"

namespace mproc::kernels::fresh {
namespace {

std::vector<double> products_of(std::span<const double> values, std::size_t longest) {
  std::vector<double> products;
  lagged_products(values, mean(values), longest, products);
  return products;
}

double product(const std::vector<double>& values, std::size_t lag) {
  const double about = mean(values);
  double sum = 0;
  for (std::size_t i = 0; i + lag < values.size(); ++i)
    sum += (values[i] - about) * (values[i + lag] - about);
  return sum;
}

TEST(AutocovarianceTest, products_are_those_of_the_definition) {
  for_each_length([](std::size_t n) {
    for (const auto& values : {noise(n), ties(n, 6)}) {
      const auto products = products_of(values, 300);
      ASSERT_EQ(products.size(), n);
      for (std::size_t lag = 0; lag < n; ++lag) EXPECT_NEAR(products[lag], product(values, lag), 1e-11);
      EXPECT_EQ(products_of(values, 40).size(), std::min<std::size_t>(n, 41));
    }
  });
}

// Those of more than a thousand lags come by way of the Fourier transform.
TEST(AutocovarianceTest, many_products_are_those_of_few) {
  const auto values = noise(3000);
  const auto many = products_of(values, 2999), few = products_of(values, 1000);
  for (std::size_t lag = 0; lag < few.size(); ++lag) ASSERT_NEAR(many[lag], few[lag], 1e-10);
  ASSERT_EQ(many.size(), 3000u);
  for (const std::size_t lag : {1001, 2000, 2998, 2999}) EXPECT_NEAR(many[lag], product(values, lag), 1e-10);
}

TEST(AutocovarianceTest, autocorrelations_are_products_over_their_number_and_the_variance) {
  for_each_length([](std::size_t n) {
    const auto values = noise(n);
    const double spread = variance(values, mean(values));
    const auto products = products_of(values, 9);
    for (std::size_t lag = 0; lag < 10; ++lag) {
      const double expected =
          product(values, lag) / (static_cast<double>(n) - static_cast<double>(lag)) / spread;
      EXPECT_TRUE(same(autocorrelation(products, n, spread, lag), lag < n && n > 1 ? expected : nan, 1e-3))
          << lag;
    }
  });
  const auto products = products_of(noise(50), 9);
  EXPECT_TRUE(std::isnan(autocorrelation(products, 50, 1e-9, 3)));
  EXPECT_TRUE(std::isnan(autocorrelation(products_of(noise(3), 9), 3, 1, 3)));
}

TEST(AutocovarianceTest, adjusted_ones_leave_out_lag_0) {
  for_each_length([](std::size_t n) {
    if (n < 2) return;
    const auto values = noise(n);
    std::vector<double> correlations;
    adjusted_autocorrelations(products_of(values, 40), n, 1, 40, correlations);
    ASSERT_EQ(correlations.size(), std::min<std::size_t>(n - 1, 40));
    for (std::size_t lag = 1; lag <= correlations.size(); ++lag)
      EXPECT_TRUE(same(
          correlations[lag - 1],
          product(values, lag) / static_cast<double>(n - lag) / (product(values, 0) / static_cast<double>(n)),
          1e-3));
    adjusted_autocorrelations(products_of(values, 40), n, 1, 7, correlations);
    EXPECT_EQ(correlations.size(), std::min<std::size_t>(n - 1, 7));
  });
}

TEST(AutocovarianceTest, adjusted_ones_of_a_constant_are_0) {
  std::vector<double> correlations;
  adjusted_autocorrelations(products_of(std::vector<double>(30, 2), 40), 30, 0, 40, correlations);
  EXPECT_EQ(correlations, std::vector<double>(29, 0.0));
  adjusted_autocorrelations(products_of(std::vector<double>{2}, 40), 1, 0, 40, correlations);
  EXPECT_EQ(correlations, std::vector<double>(1, 0.0));
  adjusted_autocorrelations({}, 0, std::nan(""), 40, correlations);
  EXPECT_TRUE(correlations.empty());
}

// The last coefficient of the best linear prediction from k values, by the normal equations.
TEST(AutocovarianceTest, partial_autocorrelations_solve_the_Yule_Walker_equations) {
  for_each_length([](std::size_t n) {
    const auto products = products_of(noise(n), 9);
    std::vector<double> partial(10);
    partial_autocorrelations(products, n, partial);
    EXPECT_TRUE(same(partial[0], n < 4 ? nan : 1));
    const auto covariance = [&](Eigen::Index lag) {
      const auto apart = static_cast<std::size_t>(std::abs(lag));
      return products[apart] / static_cast<double>(n - apart);
    };
    const auto last = static_cast<Eigen::Index>(n < 4 ? 0 : std::min<std::size_t>(9, n / 2 - 1));
    for (Eigen::Index k = 1; k <= last; ++k) {
      Eigen::MatrixXd matrix(k, k);
      Eigen::VectorXd target(k);
      for (Eigen::Index i = 0; i < k; ++i) {
        target[i] = covariance(i + 1);
        for (Eigen::Index j = 0; j < k; ++j) matrix(i, j) = covariance(i - j);
      }
      const double expected = matrix.fullPivLu().solve(target)[k - 1];
      EXPECT_TRUE(same(partial[static_cast<std::size_t>(k)], expected, 1)) << k;
    }
    for (std::size_t k = static_cast<std::size_t>(last) + 1; k < 10; ++k) EXPECT_TRUE(std::isnan(partial[k]));
  });
}

TEST(AutocovarianceTest, partial_ones_of_more_than_half_the_length_are_NaN) {
  std::vector<double> partial(10);
  partial_autocorrelations(products_of(noise(11), 9), 11, partial);
  EXPECT_FALSE(std::isnan(partial[4]));
  EXPECT_TRUE(std::isnan(partial[5]));
  partial_autocorrelations(products_of(noise(3), 9), 3, partial);
  EXPECT_TRUE(std::isnan(partial[0]));
}

TEST(AutocovarianceTest, awkward_series_do_no_harm) {
  for (const auto& values : awkward_series())
    for (const std::size_t longest : {0, 1, 40, 5000}) {
      const auto products = products_of(values, longest);
      const double spread = variance(values, mean(values));
      std::vector<double> correlations, partial(10);
      for (std::size_t lag = 0; lag < 400; lag += 3) autocorrelation(products, values.size(), spread, lag);
      adjusted_autocorrelations(products, values.size(), spread, longest, correlations);
      partial_autocorrelations(products, values.size(), partial);
    }
}

}  // namespace
}  // namespace mproc::kernels::fresh
