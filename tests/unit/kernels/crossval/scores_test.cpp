#include "mproc/kernels/crossval/scores.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace mproc::kernels::crossval {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// scikit-learn 1.2.1: cv_results_ of these scores.
TEST(ScoresTest, table_is_scikit_learns) {
  const std::vector<double> scores{.5, .25, .75, .9, .8,  .7,  .1,      nan, .3,
                                   .7, .8,  .9,  .5, .25, .75, 1.0 / 3, .1,  .123456789};
  const auto table = score_table(scores, 3);
  ASSERT_EQ(table.size(), 6U);
  const std::vector<double> means{0.5, 0.8000000000000002, nan, 0.7999999999999999, 0.5, 0.18559670744444445};
  const std::vector<double> deviations{0.2041241452319315,  0.08164965809277264, nan,
                                       0.08164965809277262, 0.2041241452319315,  0.10490356908234903};
  const std::vector<std::uint64_t> ranks{3, 1, 6, 2, 3, 5};
  for (std::size_t i = 0; i < table.size(); ++i) {
    EXPECT_EQ(table[i].rank, ranks[i]) << i;
    if (i == 2) continue;
    EXPECT_EQ(table[i].mean, means[i]) << i;
    EXPECT_EQ(table[i].deviation, deviations[i]) << i;
  }
  EXPECT_TRUE(std::isnan(table[2].mean) && std::isnan(table[2].deviation));
  EXPECT_EQ(best(table), 1U);
}

TEST(ScoresTest, of_equal_means_the_first_is_best) {
  EXPECT_EQ(best(score_table(std::vector<double>{1, 3, 2, 2, 0, 1}, 2)), 0U);
}

TEST(ScoresTest, none_is_best_where_each_has_failed) {
  const auto table = score_table(std::vector<double>{nan, 1, 2, nan}, 2);
  EXPECT_EQ(table[0].rank, 1U);
  EXPECT_EQ(table[1].rank, 1U);
  EXPECT_EQ(best(table), std::nullopt);
  EXPECT_EQ(best({}), std::nullopt);
}

TEST(ScoresTest, infinite_scores_have_their_rank) {
  const double inf = std::numeric_limits<double>::infinity();
  const auto table = score_table(std::vector<double>{0, -inf, nan, inf}, 1);
  EXPECT_EQ(table[3].rank, 1U);
  EXPECT_EQ(table[1].rank, 3U);
  EXPECT_EQ(table[2].rank, 4U);
}

}  // namespace
}  // namespace mproc::kernels::crossval
