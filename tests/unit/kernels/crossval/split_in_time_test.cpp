#include "support.hpp"

namespace mproc::kernels::crossval {
namespace {

TEST(SplitInTimeTest, what_is_trained_on_comes_before_what_is_tested) {
  Drawn drawn(1);
  for (int round = 0; round < 300; ++round) {
    const std::uint64_t n = drawn.between(2, 200), k = drawn.between(2, std::min<std::uint64_t>(n, 12));
    for (const auto* name : {"roll-forward", "chain-forward", "tsRolls", "tsChain"}) {
      const auto splits = make_splits(spec_of(name, k), samples_of(n)).each;
      ASSERT_EQ(splits.size(), k - 1);
      for (const Split& split : splits) {
        expect_divided(split, n, false);
        EXPECT_EQ(split.train.list().back() + 1, split.test.list().front());
      }
    }
  }
}

TEST(SplitInTimeTest, forward_splits_train_on_the_fold_before_or_on_all_before) {
  const auto roll = make_splits(spec_of("roll-forward", 3), samples_of(9)).each;
  const auto chain = make_splits(spec_of("chain-forward", 3), samples_of(9)).each;
  EXPECT_EQ(roll[1], (Split{IndexSet(List{3, 4, 5}), IndexSet(List{6, 7, 8})}));
  EXPECT_EQ(chain[1], (Split{IndexSet(List{0, 1, 2, 3, 4, 5}), IndexSet(List{6, 7, 8})}));
  EXPECT_EQ(roll[0], chain[0]);
}

TEST(SplitInTimeTest, gap_and_embargo_leave_out_what_is_next_to_the_test_set) {
  SplitSpec spec = spec_of("kfold", 4);
  spec.gap = 2;
  spec.embargo = 1;
  const auto splits = make_splits(spec, samples_of(20)).each;
  EXPECT_EQ(splits[0].train, IndexSet::of_ranges({{6, 20}}));
  EXPECT_EQ(splits[1].train, IndexSet::of_ranges({{0, 3}, {11, 20}}));
  EXPECT_EQ(splits[3].train, IndexSet::of_ranges({{0, 13}}));
}

/// López de Prado's snippet 7.1, sample by sample.
List purged_by_hand(const IndexSet& train, const IndexSet& test, const std::vector<double>& starts,
                    const std::vector<double>& ends) {
  List out;
  train.for_each([&](std::uint32_t i) {
    bool overlaps = false;
    test.for_each([&](std::uint32_t j) {
      overlaps = overlaps || (starts[j] <= starts[i] && starts[i] <= ends[j]) ||
                 (starts[j] <= ends[i] && ends[i] <= ends[j]) ||
                 (starts[i] <= starts[j] && ends[j] <= ends[i]);
    });
    if (!overlaps) out.push_back(i);
  });
  return out;
}

TEST(SplitInTimeTest, purging_leaves_out_what_overlaps_any_label_of_the_test_set_and_nothing_else) {
  Drawn drawn(2);
  for (int round = 0; round < 100; ++round) {
    const std::uint64_t n = drawn.between(40, 120);
    std::vector<double> starts(n), ends(n);
    for (std::size_t i = 0; i < n; ++i) {
      starts[i] = (i > 0 ? starts[i - 1] : 0) + static_cast<double>(drawn.between(0, 3));
      ends[i] = starts[i] + static_cast<double>(drawn.between(0, 4));
    }
    Samples plain = samples_of(n), timed = plain;
    timed.label_starts = starts;
    timed.label_ends = ends;
    for (const auto* name : {"kfold", "chain-forward", "percentage", "monte-carlo"}) {
      SplitSpec spec = spec_of(name, 3);
      spec.share = 0.1;
      const auto before = make_splits(spec, plain).each, after = make_splits(spec, timed).each;
      for (std::size_t i = 0; i < before.size(); ++i) {
        EXPECT_EQ(after[i].test, before[i].test);
        EXPECT_EQ(after[i].train.list(), purged_by_hand(before[i].train, before[i].test, starts, ends));
      }
    }
  }
}

TEST(SplitInTimeTest, without_starts_samples_are_their_own_times) {
  const std::vector<double> ends{0, 3, 2, 3, 6, 5, 6, 9, 8, 9};
  Samples samples = samples_of(10);
  samples.label_ends = ends;
  const auto splits = make_splits(spec_of("kfold"), samples).each;
  EXPECT_EQ(splits[1].test, IndexSet(List{2, 3}));
  EXPECT_EQ(splits[1].train, IndexSet(List{0, 4, 5, 6, 7, 8, 9}));  // 1 lasts until 3
  EXPECT_EQ(splits[2].test, IndexSet(List{4, 5}));
  EXPECT_EQ(splits[2].train, IndexSet(List{0, 1, 2, 3, 7, 8, 9}));  // 4 lasts until 6
}

TEST(SplitInTimeTest, the_embargo_begins_where_the_last_label_has_ended) {
  const std::vector<double> ends{0, 1, 2, 5, 4, 5, 6, 7, 8, 9};
  Samples samples = samples_of(10);
  samples.label_ends = ends;
  SplitSpec spec = spec_of("kfold");
  spec.embargo = 2;
  EXPECT_EQ(make_splits(spec, samples).each[1].train, IndexSet(List{0, 1, 8, 9}));  // 6 and 7
}

}  // namespace
}  // namespace mproc::kernels::crossval
