#include "mproc/kernels/fresh/mann_whitney.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace mproc::kernels::fresh {
namespace {

// How many arrangements of `first` and `second` values have each U: goes through all of them.
std::vector<double> arrangements_by_u(std::size_t first, std::size_t second) {
  std::vector<int> is_first(first + second);
  std::fill(is_first.end() - static_cast<std::ptrdiff_t>(first), is_first.end(), 1);
  std::vector<double> counts(first * second + 1);
  do {
    std::size_t u = 0, below = 0;
    for (const int mine : is_first) mine ? u += below : ++below;
    ++counts[u];
  } while (std::next_permutation(is_first.begin(), is_first.end()));
  return counts;
}

TEST(MannWhitneyTest, small_samples_are_compared_with_all_arrangements) {
  for (std::size_t first = 1; first <= 6; ++first)
    for (std::size_t second = 1; second <= 9; ++second) {
      const std::vector<double> counts = arrangements_by_u(first, second);
      const MannWhitneyDistribution distribution(first, second);
      double all = 0;
      for (const double count : counts) all += count;
      for (std::size_t u = 0; u < counts.size(); ++u) {
        double farther = 0;  // as far from the middle as u, or farther, on both sides
        for (std::size_t v = 0; v < counts.size(); ++v)
          if (std::max(v, first * second - v) >= std::max(u, first * second - u)) farther += counts[v];
        ASSERT_NEAR(distribution.p_value({first, second, static_cast<double>(u)}), farther / all, 1e-15)
            << first << " and " << second << ", " << u;
      }
    }
}

// U of at most 3 in 8 and n values: partitions of 0, 1, 2 and 3.
TEST(MannWhitneyTest, exact_tails_stay_exact_for_a_large_second_sample) {
  EXPECT_NEAR(MannWhitneyDistribution(8, 1000).p_value({8, 1000, 3}) * 25708099169553626826.0 / 14, 1, 1e-12);
  EXPECT_EQ(MannWhitneyDistribution(1000, 8).p_value({1000, 8, 8000 - 3}),
            MannWhitneyDistribution(8, 1000).p_value({8, 1000, 3}));
  EXPECT_NEAR(MannWhitneyDistribution(8, 1000).p_value({8, 1000, 4000}), 1, 1e-3);
}

TEST(MannWhitneyTest, exactness_ends_where_both_samples_have_more_than_eight) {
  EXPECT_TRUE(MannWhitneyDistribution::is_used_for(8, 9));
  EXPECT_TRUE(MannWhitneyDistribution::is_used_for(100, 8));
  EXPECT_FALSE(MannWhitneyDistribution::is_used_for(9, 9));
}

TEST(MannWhitneyTest, U_comes_from_the_sum_of_ranks) {
  EXPECT_EQ(MannWhitneyU::of_rank_sum(6, 3, 4).u, 0);
  EXPECT_EQ(MannWhitneyU::of_rank_sum(18, 3, 4).u, 12);
}

// SciPy 1.10's mannwhitneyu(range(10), range(3, 15)), then of the halves of both, rounded down.
TEST(MannWhitneyTest, large_samples_are_compared_with_the_normal_distribution) {
  EXPECT_NEAR(mann_whitney_asymptotic({10, 12, 24.5}, 42), 0.020755311537192917, 1e-15);
  EXPECT_NEAR(mann_whitney_asymptotic({10, 12, 95.5}, 42), 0.020755311537192917, 1e-15);
  EXPECT_NEAR(mann_whitney_asymptotic({10, 12, 25}, 222), 0.021504656805844242, 1e-15);
  EXPECT_EQ(mann_whitney_asymptotic({10, 12, 60}, 0), 1);
}

}  // namespace
}  // namespace mproc::kernels::fresh
