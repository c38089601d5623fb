#include "support.hpp"

namespace mproc::kernels::crossval {
namespace {

TEST(SplitTest, each_fold_of_any_kfold_is_tested_once_against_all_others) {
  Drawn drawn(1);
  for (int round = 0; round < 300; ++round) {
    const std::uint64_t n = drawn.between(2, 200), k = drawn.between(2, std::min<std::uint64_t>(n, 12));
    const std::uint64_t seed = drawn.between(0, 1000);
    for (const auto* name : {"kfold", "kfold-shuffled", "kfSplit", "kfShuff"}) {
      SplitSpec spec = spec_of(name, k, seed);
      spec.repeats = 2;
      const auto splits = make_splits(spec, samples_of(n)).each;
      ASSERT_EQ(splits.size(), 2 * k);
      for (std::size_t i = 0; i < splits.size(); ++i) {
        expect_divided(splits[i], n);
        EXPECT_LE(splits[i].test.size(), (n + k - 1) / k);
        EXPECT_GE(splits[i].test.size(), n / k);
      }
      expect_each_tested_once(splits, 0, k, n);
      expect_each_tested_once(splits, k, k, n);
    }
  }
}

TEST(SplitTest, the_aliases_of_KX_cut_as_it_does) {
  const auto sizes = [](std::string_view name, std::uint64_t k, const Samples& samples) {
    std::vector<std::uint64_t> out;
    for (const Split& split : make_splits(spec_of(name, k), samples).each) out.push_back(split.test.size());
    return out;
  };
  const Samples eleven = samples_of(11);  // floor(i·11/4): 0, 2, 5, 8, 11
  EXPECT_THAT(sizes("kfSplit", 4, eleven), ::testing::ElementsAre(2, 3, 3, 3));
  EXPECT_THAT(sizes("kfold", 4, eleven), ::testing::ElementsAre(3, 3, 3, 2));
  EXPECT_THAT(sizes("kfShuff", 4, eleven), ::testing::ElementsAre(2, 3, 3, 3));
  EXPECT_THAT(sizes("tsRolls", 4, eleven), ::testing::ElementsAre(3, 3, 3));
  EXPECT_THAT(sizes("roll-forward", 4, eleven), ::testing::ElementsAre(2, 2, 2));
  EXPECT_THAT(sizes("tsChain", 4, eleven), ::testing::ElementsAre(3, 3, 3));
  const Labels classes = labels_of("01010101010000");  // 9 and 5: floor(i·9/4) and floor(i·5/4)
  EXPECT_THAT(sizes("kfStrat", 4, with_classes(classes)), ::testing::ElementsAre(3, 3, 3, 5));
}

TEST(SplitTest, names_that_are_none_are_not_known) {
  for (const std::string_view name : split_names()) EXPECT_TRUE(split_named(name).has_value()) << name;
  EXPECT_EQ(split_names().size(), 14U);
  EXPECT_FALSE(split_named("kfolds").has_value());
}

TEST(SplitTest, stratified_folds_have_each_class_in_proportion) {
  Drawn drawn(2);
  for (int round = 0; round < 200; ++round) {
    const std::uint64_t k = drawn.between(2, 8), n = drawn.between(8 * k, 200);
    const Labels classes = drawn.labels(n, drawn.between(1, 4));
    for (const auto* name : {"kfold-stratified", "kfStrat"}) {
      const auto splits = make_splits(spec_of(name, k), with_classes(classes)).each;
      expect_each_tested_once(splits, 0, k, n);
      for (const std::int64_t label : Labels(classes.begin(), classes.begin() + 5)) {
        const auto members = static_cast<std::uint64_t>(std::count(classes.begin(), classes.end(), label));
        for (const Split& split : splits) {
          expect_divided(split, n);
          std::uint64_t tested = 0;
          split.test.for_each([&](std::uint32_t i) { tested += classes[i] == label; });
          EXPECT_GE(tested, members / k);
          EXPECT_LE(tested, (members + k - 1) / k);
        }
      }
    }
  }
}

TEST(SplitTest, kfStrat_deals_and_orders_at_random) {
  const Labels classes(60, 1);
  const auto splits = make_splits(spec_of("kfStrat"), with_classes(classes)).each;
  const List test = splits[0].test.list();
  EXPECT_NE(test, sorted(test));
  EXPECT_NE(sorted(test), all(12));
}

TEST(SplitTest, random_splits_follow_the_seed_and_are_new_each_time) {
  const Labels labels = Drawn(3).labels(60, 5);
  Samples samples = with_classes(labels);
  for (const bool grouped : {false, true}) {
    if (grouped) samples.groups = labels;
    for (const auto* name : {"kfold-shuffled", "kfStrat", "monte-carlo", "mcSplit"}) {
      SplitSpec spec = spec_of(name, 3);
      spec.repeats = 3;
      const auto splits = make_splits(spec, samples).each;
      EXPECT_EQ(splits, make_splits(spec, samples).each);
      const std::size_t one = splits.size() / 3;
      if (!grouped) {
        EXPECT_NE(splits[0], splits[one]) << name;
      }
      spec.repeats = 2;
      EXPECT_EQ(make_splits(spec, samples).each,
                std::vector(splits.begin(), splits.begin() + 2 * static_cast<long>(one)))
          << name;
      if (grouped) continue;
      spec.seed = 43;
      EXPECT_NE(make_splits(spec, samples).each[0], splits[0]) << name;
    }
  }
}

TEST(SplitTest, seeds_give_the_same_folds_on_any_machine) {
  const auto test_of = [](std::string_view name, std::size_t i) {
    const Labels classes = labels_of("010011011001");
    return make_splits(spec_of(name, 3), with_classes(classes)).each[i].test.list();
  };
  EXPECT_EQ(test_of("kfold-shuffled", 0), (List{5, 10, 2, 7}));
  EXPECT_EQ(test_of("kfShuff", 2), (List{11, 0, 9, 3}));
  EXPECT_EQ(test_of("kfStrat", 1), (List{5, 11, 0, 10}));
  EXPECT_EQ(test_of("monte-carlo", 0), (List{5, 10, 2}));
}

TEST(SplitTest, a_share_is_tested_and_the_rest_is_trained_on) {
  Drawn drawn(4);
  for (int round = 0; round < 200; ++round) {
    const std::uint64_t n = drawn.between(10, 300);
    const double share = static_cast<double>(drawn.between(10, 90)) / 100;
    for (const auto* name : {"percentage", "monte-carlo", "pcSplit", "mcSplit"}) {
      SplitSpec spec = spec_of(name);
      spec.share = share;
      spec.repeats = 2;
      const auto splits = make_splits(spec, samples_of(n)).each;
      ASSERT_EQ(splits.size(), 2U);
      expect_divided(splits[0], n);
      const auto tested = static_cast<double>(splits[0].test.size());
      EXPECT_GE(tested, share * static_cast<double>(n) - 1e-9);
      EXPECT_LT(tested, share * static_cast<double>(n) + 1 + 1e-9);
      if (spec.kind == SplitKind::percentage) {
        EXPECT_EQ(joined(splits[0].train, splits[0].test), all(n));
      }
    }
  }
}

TEST(SplitTest, groups_never_stand_on_both_sides) {
  Drawn drawn(5);
  for (int round = 0; round < 150; ++round) {
    const std::uint64_t n = drawn.between(80, 200), k = drawn.between(2, 5);
    const Labels groups = drawn.labels(n, 40);
    const Labels classes = drawn.labels(n, 2);
    Samples samples = with_groups(groups);
    samples.classes = classes;
    for (const std::string_view name :
         {"kfold", "kfold-shuffled", "kfold-stratified", "kfStrat", "monte-carlo"}) {
      const auto splits = make_splits(spec_of(name, k, round), samples).each;
      for (const Split& split : splits) {
        expect_divided(split, n);
        expect_groups_on_one_side(split, groups);
      }
      if (name != "monte-carlo") expect_each_tested_once(splits, 0, k, n);
    }
  }
}

TEST(SplitTest, samples_before_the_test_set_are_left_out_where_their_group_is_tested) {
  const Labels groups = labels_of("00112233445566770188");
  for (const auto* name : {"roll-forward", "chain-forward", "percentage"})
    for (const Split& split : make_splits(spec_of(name, 4), with_groups(groups)).each) {
      expect_divided(split, groups.size(), false);
      expect_groups_on_one_side(split, groups);
    }
  // The last fifth is 0188: 0011 is not trained on.
  EXPECT_EQ(make_splits(spec_of("percentage"), with_groups(groups)).each[0].train,
            IndexSet::of_ranges({{4, 16}}));
}

TEST(SplitTest, shuffled_groups_are_dealt_in_equal_numbers) {
  Labels groups(100);
  for (std::size_t i = 0; i < groups.size(); ++i) groups[i] = static_cast<std::int64_t>(i < 60 ? 0 : i % 9);
  for (const Split& split : make_splits(spec_of("kfold-shuffled", 3), with_groups(groups)).each) {
    std::vector<std::int64_t> tested;
    split.test.for_each([&](std::uint32_t i) { tested.push_back(groups[i]); });
    std::sort(tested.begin(), tested.end());
    EXPECT_EQ(std::unique(tested.begin(), tested.end()) - tested.begin(), 3);
  }
}

TEST(SplitTest, small_classes_and_repeats_without_chance_are_noted) {
  const Labels classes = labels_of("0000000011");
  EXPECT_THAT(
      make_splits(spec_of("kfold-stratified", 3), with_classes(classes)).notes,
      ::testing::ElementsAre("the smallest class has 2 samples for 3 folds: some folds are without it"));
  SplitSpec spec = spec_of("kfold");
  spec.repeats = 3;
  EXPECT_THAT(make_splits(spec, samples_of(10)).notes,
              ::testing::ElementsAre("the split is not random: all 3 repeats have the same folds"));
  spec.kind = SplitKind::kfold_shuffled;
  EXPECT_TRUE(make_splits(spec, samples_of(10)).notes.empty());
}

TEST(SplitTest, consecutive_folds_of_many_samples_take_no_memory) {
  for (const Split& split : make_splits(spec_of("kfold"), samples_of(4'000'000'000)).each)
    EXPECT_LE(split.train.ranges().size(), 2U);
}

}  // namespace
}  // namespace mproc::kernels::crossval
