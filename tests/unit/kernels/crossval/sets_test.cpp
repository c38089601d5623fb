#include "mproc/kernels/crossval/sets.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>

#include "mproc/base/error.hpp"

namespace mproc::kernels::crossval {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

std::vector<std::uint32_t> sorted_numbers(const IndexSet& set) {
  auto out = set.list();
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::uint32_t> both_sides(const Split& split) {
  auto out = split.train.list();
  const auto test = split.test.list();
  out.insert(out.end(), test.begin(), test.end());
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::uint32_t> first_numbers(std::uint32_t count) {
  std::vector<std::uint32_t> out(count);
  std::iota(out.begin(), out.end(), 0u);
  return out;
}

SetsSpec five_folds() {
  return {};
}

TEST(Sets, AreTheSplitsWhereThereIsNothingElse) {
  const Sets sets = make_sets(five_folds(), {.count = 10}, 7);
  EXPECT_EQ(sets.splits, 5u);
  EXPECT_THAT(sets.rungs, ElementsAre(Rung{7, 0}));
  EXPECT_FALSE(sets.last);
  EXPECT_EQ(sets.each, make_splits(SplitSpec{}, {.count = 10}).each);
}

TEST(Sets, OfAHoldoutAreTheLastSamplesAndNoCandidateSeesThem) {
  SetsSpec spec = five_folds();
  spec.holdout = 0.2;
  const Sets sets = make_sets(spec, {.count = 12}, 1);
  ASSERT_THAT(sets.each, SizeIs(6));
  EXPECT_TRUE(sets.last);
  EXPECT_THAT(sets.each.back().test.list(), ElementsAre(9, 10, 11));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(both_sides(sets.each[i]), first_numbers(9));
}

TEST(Sets, OfAShuffledHoldoutDivideTheOthers) {
  SetsSpec spec = five_folds();
  spec.split.kind = SplitKind::kfold_stratified;
  spec.holdout = 0.25;
  spec.shuffle_holdout = true;
  std::vector<std::int64_t> classes(40);
  for (std::size_t i = 0; i < classes.size(); ++i) classes[i] = i % 3 == 0;
  const Sets sets = make_sets(spec, {.count = 40, .classes = classes}, 1);
  const Split& last = sets.each.back();
  EXPECT_THAT(last.test.list(), SizeIs(10));
  EXPECT_NE(sorted_numbers(last.test), (std::vector<std::uint32_t>{30, 31, 32, 33, 34, 35, 36, 37, 38, 39}));
  EXPECT_EQ(both_sides(last), first_numbers(40));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(both_sides(sets.each[i]), sorted_numbers(last.train));
}

TEST(Sets, OfAHoldoutKeepGroupsTogether) {
  SetsSpec spec = five_folds();
  spec.split.kind = SplitKind::monte_carlo;
  spec.holdout = 0.3;
  spec.shuffle_holdout = true;
  std::vector<std::int64_t> groups(60);
  for (std::size_t i = 0; i < groups.size(); ++i) groups[i] = static_cast<std::int64_t>(i / 4);
  const Sets sets = make_sets(spec, {.count = 60, .groups = groups}, 1);
  for (const Split& split : sets.each)
    for (const std::uint32_t a : split.train.list())
      for (const std::uint32_t b : split.test.list()) EXPECT_NE(groups[a], groups[b]);
}

TEST(Sets, OfAModelWithoutAHoldoutAreAllSamples) {
  SetsSpec spec = five_folds();
  spec.refit = true;
  const Sets sets = make_sets(spec, {.count = 10}, 1);
  EXPECT_EQ(sets.each.back().train.list(), first_numbers(10));
  EXPECT_TRUE(sets.each.back().test.empty());
}

TEST(Sets, OfHalvingGrowFromRungToRung) {
  SetsSpec spec = five_folds();
  spec.halving.emplace();
  const Sets sets = make_sets(spec, {.count = 900}, 27);
  ASSERT_THAT(sets.rungs, ElementsAre(Rung{27, 33}, Rung{9, 99}, Rung{3, 297}, Rung{1, 891}));
  ASSERT_THAT(sets.each, SizeIs(20));
  for (std::size_t rung = 0; rung < 4; ++rung)
    for (std::size_t i = 0; i < 5; ++i) {
      const Split& split = sets.each[rung * 5 + i];
      EXPECT_EQ(split.train.size(), 720 * sets.rungs[rung].resource / 900);
      EXPECT_EQ(split.test.size(), 180 * sets.rungs[rung].resource / 900);
    }
}

TEST(Sets, OfHalvingByAParameterAreTheSameInEachRung) {
  SetsSpec spec = five_folds();
  spec.halving = HalvingPlan{.parameter = "n_estimators", .max_resource = 81};
  const Sets sets = make_sets(spec, {.count = 50}, 9);
  ASSERT_THAT(sets.rungs, ElementsAre(Rung{9, 9}, Rung{3, 27}, Rung{1, 81}));
  for (std::size_t i = 0; i < sets.each.size(); ++i) EXPECT_EQ(sets.each[i], sets.each[i % 5]);
}

TEST(Sets, ThatCannotBeMadeSayWhy) {
  SetsSpec spec = five_folds();
  EXPECT_THROW(make_sets(spec, {.count = 4}, 1), base::UserError);
  spec.holdout = 0.9;
  EXPECT_THROW(make_sets(spec, {.count = 20}, 1), base::UserError);  // 2 samples are left for 5 folds
  spec = five_folds();
  spec.halving = HalvingPlan{.max_resource = 21};
  EXPECT_THROW(make_sets(spec, {.count = 20}, 3), base::UserError);
}

TEST(Sets, PackAsRangesAndNumbers) {
  const PackedSets packed = pack({{IndexSet::of_ranges({{0, 4}, {6, 9}}), IndexSet({5, 1, 3})}});
  EXPECT_THAT(packed.sides, ElementsAre(1, 0, 4, 0, 4, 7));
  EXPECT_THAT(packed.index, ElementsAre(0, 4, 6, 9, 5, 1, 3));
  EXPECT_THAT(pack({{IndexSet::of_ranges({{0, 2}}), {}}}).sides, ElementsAre(1, 0, 2, 1, 2, 2));
}

}  // namespace
}  // namespace mproc::kernels::crossval
