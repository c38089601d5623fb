#include "mproc/kernels/fresh/ranks.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace mproc::kernels::fresh {
namespace {

using RankedRows = std::vector<std::uint32_t>;

TEST(RanksTest, rows_are_in_the_order_of_their_values) {
  const Ascending sample = ascending(std::vector<double>{3, -1, 3, 2});
  EXPECT_EQ(sample.rows, (RankedRows{1, 3, 0, 2}));
  EXPECT_EQ(sample.ends, (std::vector<std::size_t>{1, 2, 4}));
  EXPECT_TRUE(ascending({}).ends.empty());
}

TEST(RanksTest, infinities_are_the_outermost_and_zeros_of_both_signs_are_equal) {
  const double inf = std::numeric_limits<double>::infinity();
  const Ascending sample = ascending(std::vector<double>{inf, 0.0, -inf, -0.0, 1e308, inf});
  EXPECT_EQ(sample.rows, (RankedRows{2, 1, 3, 4, 0, 5}));
  EXPECT_EQ(sample.ends, (std::vector<std::size_t>{1, 3, 4, 6}));
}

TEST(RanksTest, ties_share_their_mean_rank) {
  const std::vector<double> values{5, 1, 5, 7, 5, 1};  // ranks 4, 1.5, 4, 6, 4, 1.5
  EXPECT_EQ(rank_sums(ascending(values), RankedRows{0, 1, 2, 3, 4, 5}, 6),
            (std::vector<double>{4, 1.5, 4, 6, 4, 1.5}));
  EXPECT_EQ(rank_sums(ascending(values), RankedRows{1, 0, 1, 0, 1, 1}, 3),
            (std::vector<double>{7.5, 13.5, 0}));
}

TEST(RanksTest, sums_over_ties_are_those_of_their_lengths) {
  const Ties sums = ties(ascending(std::vector<double>{2, 2, 2, 2, 9, 4, 4, 1}));
  EXPECT_EQ(sums.pairs, 6 + 1);
  EXPECT_EQ(sums.triples, 4 * 3 * 2 + 0);
  EXPECT_EQ(sums.weighted, 4 * 3 * 13 + 2 * 1 * 9);
  EXPECT_EQ(sums.cubes, 60 + 6);
}

}  // namespace
}  // namespace mproc::kernels::fresh
