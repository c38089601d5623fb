#include "mproc/kernels/fresh/kolmogorov_smirnov.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "mproc/kernels/fresh/kolmogorov.hpp"

namespace mproc::kernels::fresh {
namespace {

using Groups = std::vector<std::uint32_t>;

// The share of all arrangements of two samples without ties whose gap is at least that one.
double by_arrangements(std::size_t first, std::size_t second, std::uint64_t gap) {
  Groups groups(first + second, 0);
  std::fill(groups.end() - static_cast<std::ptrdiff_t>(first), groups.end(), 1);
  std::vector<double> values(first + second);
  for (std::size_t row = 0; row < values.size(); ++row) values[row] = static_cast<double>(row);
  const Ascending sample = ascending(values);
  double farther = 0, all = 0;
  do {
    ++all;
    if (kolmogorov_smirnov(sample, groups, 1, first).gap >= gap) ++farther;
  } while (std::next_permutation(groups.begin(), groups.end()));
  return farther / all;
}

TEST(KolmogorovSmirnovTest, small_samples_are_compared_with_all_arrangements) {
  for (std::size_t first = 1; first <= 5; ++first)
    for (std::size_t second = 1; second <= 7; ++second)
      for (std::uint64_t gap = 0; gap <= first * second; ++gap) {
        // Only what samples of these sizes can have: other gaps are between two of those.
        if (gap % std::gcd(first, second) != 0) continue;
        ASSERT_NEAR(p_value({first, second, gap}), by_arrangements(first, second, gap), 1e-14)
            << first << " and " << second << ", " << gap;
      }
}

TEST(KolmogorovSmirnovTest, the_gap_is_taken_behind_equal_values) {
  const Ascending sample = ascending(std::vector<double>{1, 1, 1, 2, 3, 3});
  const KolmogorovSmirnov test = kolmogorov_smirnov(sample, Groups{7, 0, 7, 0, 7, 2}, 7, 3);
  EXPECT_EQ(test.first, 3U);
  EXPECT_EQ(test.second, 3U);
  EXPECT_EQ(test.gap, 3U);  // behind 1: two thirds and one third
  EXPECT_DOUBLE_EQ(test.statistic(), 1.0 / 3);
}

TEST(KolmogorovSmirnovTest, the_gap_has_no_sign) {
  const Ascending sample = ascending(std::vector<double>{1, 2, 3, 4, 5});
  EXPECT_EQ(kolmogorov_smirnov(sample, Groups{1, 1, 0, 0, 0}, 1, 2).gap, 6U);
  EXPECT_EQ(kolmogorov_smirnov(sample, Groups{0, 0, 0, 1, 1}, 1, 2).gap, 6U);
}

// SciPy 1.10.
TEST(KolmogorovSmirnovTest, far_tails_of_large_samples_keep_their_accuracy) {
  EXPECT_NEAR(p_value({500, 480, 216000}) / 8.040832752737856e-211, 1, 1e-12);
  EXPECT_NEAR(p_value({10000, 10000, 2000000}) / 0.03662861114079258, 1, 1e-12);
}

TEST(KolmogorovSmirnovTest, beyond_ten_thousand_the_distribution_is_that_of_one_sample) {
  EXPECT_EQ(p_value({20000, 3, 42000}), kolmogorov_upper_tail(3, 0.7));
  EXPECT_EQ(p_value({10001, 10000, 2000200}), kolmogorov_upper_tail(5000, 2000200 / 100010000.0));
  EXPECT_NEAR(p_value({10001, 10000, 2000200}) / 0.03662861114079258, 1, 0.02);
}

TEST(KolmogorovTest, one_value_is_uniform) {
  for (const double distance : {0.5, 0.6, 0.75, 0.999})
    EXPECT_NEAR(kolmogorov_upper_tail(1, distance), 2 * (1 - distance), 1e-15);
  EXPECT_EQ(kolmogorov_upper_tail(1, 0.2), 1);
  EXPECT_EQ(kolmogorov_upper_tail(9, 1), 0);
}

// SciPy 1.10's kstwo.sf.
TEST(KolmogorovTest, every_method_agrees_with_reference_values) {
  EXPECT_NEAR(kolmogorov_upper_tail(10, 0.2) / 0.7487190399999999, 1, 1e-12);
  EXPECT_NEAR(kolmogorov_upper_tail(10, 0.409) / 0.05022340810547454, 1, 1e-12);
  EXPECT_NEAR(kolmogorov_upper_tail(10, 0.7) / 1.9544800000000034e-05, 1, 1e-12);
  EXPECT_NEAR(kolmogorov_upper_tail(140, 0.15) / 0.0032495604415101703, 1, 1e-11);
  EXPECT_NEAR(kolmogorov_upper_tail(140, 0.17) / 0.0005246108687519814, 1, 1e-11);
  EXPECT_NEAR(kolmogorov_upper_tail(1000, 0.02) / 0.8108971656895577, 1, 1e-8);
  EXPECT_NEAR(kolmogorov_upper_tail(1000, 0.045) / 0.03378304014546085, 1, 1e-12);
  EXPECT_NEAR(kolmogorov_upper_tail(1000, 0.05) / 0.013012074781090332, 1, 1e-12);
  EXPECT_NEAR(kolmogorov_upper_tail(100000, 0.004) / 0.08130148920222469, 1, 1e-12);
  EXPECT_NEAR(kolmogorov_upper_tail(100000, 0.02) / 3.5372711931479597e-35, 1, 1e-11);
}

}  // namespace
}  // namespace mproc::kernels::fresh
