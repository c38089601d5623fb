#include "mproc/kernels/fresh/kendall.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace mproc::kernels::fresh {
namespace {

int sign_of(double value) {
  return (value > 0) - (value < 0);
}

// From all pairs.
double tau_b(const std::vector<double>& x, const std::vector<double>& y) {
  double difference = 0, apart_in_x = 0, apart_in_y = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      difference += sign_of(x[i] - x[j]) * sign_of(y[i] - y[j]);
      apart_in_x += x[i] != x[j];
      apart_in_y += y[i] != y[j];
    }
  return difference / std::sqrt(apart_in_x) / std::sqrt(apart_in_y);
}

TEST(KendallTest, tau_is_that_of_all_pairs) {
  std::mt19937_64 random(1);
  for (std::size_t n = 3; n < 60; ++n) {
    const std::uint64_t distinct = 2 + random() % n;
    std::vector<double> x(n), y(n);
    for (std::size_t i = 0; i < n; ++i) {
      x[i] = static_cast<double>(random() % distinct);
      y[i] = static_cast<double>(random() % 5) + x[i] * static_cast<double>(n % 3);
    }
    const double expected = tau_b(x, y), found = kendall(ascending(x), KendallSample(y)).tau;
    ASSERT_TRUE(std::isnan(expected) ? std::isnan(found) : std::abs(found - expected) < 1e-14) << n;
  }
}

TEST(KendallTest, equal_orders_are_one_and_reversed_ones_minus_one) {
  std::vector<double> up(500), down(500);
  for (std::size_t i = 0; i < up.size(); ++i) {
    up[i] = static_cast<double>(i * i);
    down[i] = -up[i];
  }
  EXPECT_DOUBLE_EQ(kendall(ascending(up), KendallSample(up)).tau, 1);
  EXPECT_DOUBLE_EQ(kendall(ascending(down), KendallSample(up)).tau, -1);
  EXPECT_TRUE(std::isnan(kendall(ascending(std::vector<double>(500)), KendallSample(up)).p_value));
}

// SciPy 1.10's kendalltau(method="asymptotic").
TEST(KendallTest, p_values_are_those_of_the_normal_approximation) {
  std::vector<double> x, y, in_order;
  for (int i = 0; i < 100; ++i) {
    in_order.push_back(i);
    x.push_back(i * 37 % 100 / 3);
    y.push_back((i * i * 7 + i) % 23 + x.back());
  }
  const Kendall tied = kendall(ascending(x), KendallSample(y));
  EXPECT_NEAR(tied.tau, 0.6809328841137433, 1e-14);
  EXPECT_NEAR(tied.p_value / 8.83373830309357e-23, 1, 1e-12);
  EXPECT_NEAR(kendall(ascending(in_order), KendallSample(in_order)).p_value / 3.480281192458106e-49, 1,
              1e-12);
}

}  // namespace
}  // namespace mproc::kernels::fresh
