#include "mproc/kernels/crossval/halving.hpp"

#include <limits>

#include "support.hpp"

namespace mproc::kernels::crossval {
namespace {

using Rungs = std::vector<Rung>;

HalvingSpec halving(std::uint64_t factor, std::uint64_t least, std::uint64_t most, bool exhaust) {
  HalvingSpec spec;
  spec.factor = factor;
  spec.min_resource = least;
  spec.max_resource = most;
  spec.exhaust = exhaust;
  return spec;
}

// n_candidates_ and n_resources_ of scikit-learn 1.2.1's HalvingGridSearchCV.
TEST(HalvingTest, rungs_are_scikit_learns) {
  EXPECT_EQ(halving_rungs(24, halving(3, 1, 1000, true)), (Rungs{{24, 111}, {8, 333}, {3, 999}}));
  EXPECT_EQ(halving_rungs(24, halving(3, 20, 1000, false)), (Rungs{{24, 20}, {8, 60}, {3, 180}}));
  EXPECT_EQ(halving_rungs(100, halving(2, 1, 100, true)),
            (Rungs{{100, 1}, {50, 2}, {25, 4}, {13, 8}, {7, 16}, {4, 32}, {2, 64}}));
  EXPECT_EQ(halving_rungs(7, halving(3, 1, 150, true)), (Rungs{{7, 50}, {3, 150}}));
  EXPECT_EQ(halving_rungs(1, halving(3, 1, 99, true)), (Rungs{{1, 99}}));
  EXPECT_EQ(halving_rungs(60, halving(4, 1, 64, false)), (Rungs{{60, 1}, {15, 4}, {4, 16}}));
  EXPECT_EQ(halving_rungs(50, halving(3, 1, 500, true)), (Rungs{{50, 18}, {17, 54}, {6, 162}, {2, 486}}));
  EXPECT_EQ(halving_rungs(1000, halving(5, 1, 3000, true)),
            (Rungs{{1000, 4}, {200, 20}, {40, 100}, {8, 500}, {2, 2500}}));
}

TEST(HalvingTest, powers_of_the_factor_end_with_one_candidate) {
  EXPECT_EQ(halving_rungs(243, halving(3, 1, 243, false)),
            (Rungs{{243, 1}, {81, 3}, {27, 9}, {9, 27}, {3, 81}, {1, 243}}));
}

TEST(HalvingTest, no_rung_has_more_than_the_most_or_less_than_the_least) {
  Drawn drawn(1);
  for (int round = 0; round < 2000; ++round) {
    const std::uint64_t n = drawn.between(1, 5000), least = drawn.between(1, 100);
    const HalvingSpec spec =
        halving(drawn.between(2, 6), least, drawn.between(least, 10'000), round % 2 == 0);
    const Rungs rungs = halving_rungs(n, spec);
    ASSERT_FALSE(rungs.empty());
    EXPECT_EQ(rungs[0].candidates, n);
    EXPECT_GE(rungs[0].resource, least);
    EXPECT_LE(rungs.back().resource, spec.max_resource);
    for (std::size_t i = 1; i < rungs.size(); ++i) {
      EXPECT_EQ(rungs[i].candidates, (rungs[i - 1].candidates + spec.factor - 1) / spec.factor);
      EXPECT_EQ(rungs[i].resource, rungs[i - 1].resource * spec.factor);
    }
    const bool decided = rungs.back().candidates < spec.factor;
    EXPECT_TRUE(decided || rungs.back().candidates == spec.factor ||
                rungs.back().resource > spec.max_resource / spec.factor);
  }
}

TEST(HalvingTest, numbers_that_make_no_rungs_are_refused) {
  const auto refused = [](std::uint64_t n, const HalvingSpec& spec) {
    return user_error([&] { halving_rungs(n, spec); });
  };
  EXPECT_EQ(refused(5, halving(1, 1, 9, true)), "a factor of 1 leaves nothing out; set it to 2 or more");
  EXPECT_EQ(refused(5, halving(3, 10, 9, true)),
            "the least resource, 10, is more than the most, 9; set the least to 9 or less");
  EXPECT_EQ(refused(5, halving(3, 0, 9, true)), "a resource of 0 is none; set the least to 1 or more");
  EXPECT_EQ(refused(0, halving(3, 1, 9, true)), "there are no candidates");
}

TEST(HalvingTest, the_best_means_are_promoted_and_of_equal_ones_the_first) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> means{0.5, nan, 0.9, 0.5, 0.7, 0.5};
  EXPECT_THAT(promoted(means, 2), ::testing::ElementsAre(2, 4));
  EXPECT_THAT(promoted(means, 4), ::testing::ElementsAre(0, 2, 3, 4));
  EXPECT_THAT(promoted(means, 6), ::testing::ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(promoted(std::vector<double>{nan, nan, nan}, 1), ::testing::ElementsAre(0));
  std::vector<std::uint64_t> first(30);
  std::iota(first.begin(), first.end(), std::uint64_t{0});
  EXPECT_EQ(promoted(std::vector<double>(90, 0.5), 30), first);
}

TEST(HalvingTest, a_larger_rung_has_the_samples_of_the_smaller_one_and_others) {
  const Split split{IndexSet::of_ranges({{0, 300}, {400, 1000}}), IndexSet::of_ranges({{300, 400}})};
  const auto sampled = [&](std::uint64_t resource, std::uint64_t number = 0) {
    return with_fewer_samples(split, resource, 1000, 42, number);
  };
  List before;
  for (const std::uint64_t resource : {100, 300, 900}) {
    const Split fewer = sampled(resource);
    expect_divided(fewer, 1000, false);
    const List train = fewer.train.list();
    EXPECT_EQ(train.size(), 900 * resource / 1000);
    EXPECT_EQ(fewer.test.size(), 100 * resource / 1000);
    EXPECT_EQ(train, sorted(train));
    EXPECT_TRUE(std::includes(train.begin(), train.end(), before.begin(), before.end()));
    before = train;
  }
  EXPECT_EQ(sampled(1000), split);
  EXPECT_EQ(sampled(1).test.size(), 1U);
  EXPECT_NE(sampled(100, 1), sampled(100));
}

TEST(HalvingTest, the_least_samples_are_two_of_each_class_for_each_split) {
  EXPECT_EQ(smallest_samples(5, 3), 30U);
}

}  // namespace
}  // namespace mproc::kernels::crossval
