#include "mproc/kernels/fresh/arithmetic.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>
#include <vector>

namespace mproc::kernels::fresh {
namespace {

TEST(ArithmeticTest, sums_of_any_length_are_those_of_whole_numbers) {
  for (std::size_t n = 0; n < 600; ++n) {
    std::vector<double> values(n);
    std::iota(values.begin(), values.end(), 1.0);
    ASSERT_EQ(sum(values), static_cast<double>(n * (n + 1) / 2)) << n;
  }
}

// What NumPy 1.24 gives for these, where adding in order gives another last bit.
TEST(ArithmeticTest, the_order_of_additions_is_NumPys) {
  std::vector<double> values(1000, 0.1);
  EXPECT_EQ(sum(values), 100.00000000000001);
  EXPECT_NE(std::accumulate(values.begin(), values.end(), 0.0), 100.00000000000001);
}

TEST(ArithmeticTest, variance_is_about_the_mean_over_all_values) {
  const std::vector<double> values{1, 2, 3, 4};
  EXPECT_EQ(mean(values), 2.5);
  EXPECT_EQ(variance(values, 2.5), 1.25);
  EXPECT_TRUE(std::isnan(mean({})));
  EXPECT_TRUE(std::isnan(variance({}, 0)));
}

}  // namespace
}  // namespace mproc::kernels::fresh
