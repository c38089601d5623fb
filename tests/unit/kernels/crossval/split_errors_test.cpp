#include <limits>

#include "support.hpp"

namespace mproc::kernels::crossval {
namespace {

std::string refusal(const SplitSpec& spec, const Samples& samples) {
  return user_error([&] { make_splits(spec, samples); });
}

SplitSpec with_share(std::string_view name, double share) {
  SplitSpec spec = spec_of(name);
  spec.share = share;
  return spec;
}

TEST(SplitErrorsTest, numbers_that_give_no_split_are_refused) {
  EXPECT_EQ(refusal(spec_of("kfold", 5), samples_of(3)), "k = 5 folds of 3 samples; set k to 3 or less");
  EXPECT_EQ(refusal(spec_of("chain-forward", 1), samples_of(3)),
            "k = 1 leaves nothing to train on; set it to 2 or more");
  EXPECT_EQ(refusal(spec_of("kfold"), samples_of(0)), "there are no samples");
  EXPECT_EQ(refusal(spec_of("kfold"), samples_of(std::uint64_t{1} << 32)),
            "4294967296 samples are more than can be divided");
  SplitSpec never = spec_of("kfold");
  never.repeats = 0;
  EXPECT_EQ(refusal(never, samples_of(9)), "repeats = 0 gives no split; set it to 1 or more");
}

TEST(SplitErrorsTest, shares_that_leave_a_side_empty_are_refused) {
  EXPECT_EQ(refusal(with_share("percentage", 1), samples_of(9)),
            "a share of 1 for testing; it has to be between 0 and 1");
  EXPECT_EQ(refusal(with_share("mcSplit", 0), samples_of(9)),
            "a share of 0 for testing; it has to be between 0 and 1");
  EXPECT_THAT(refusal(with_share("percentage", std::numeric_limits<double>::quiet_NaN()), samples_of(9)),
              ::testing::HasSubstr("between 0 and 1"));
  EXPECT_THAT(refusal(with_share("monte-carlo", 0.95), samples_of(9)),
              ::testing::StartsWith("split 0 has no sample to train on; take another share"));
  EXPECT_EQ(refusal(with_share("pcSplit", 1e-18), samples_of(9)),
            "split 0 has no sample to test on; take another share");
}

TEST(SplitErrorsTest, classes_and_groups_that_are_too_few_are_refused) {
  const Labels classes = labels_of("00112"), groups = labels_of("00111");
  EXPECT_EQ(refusal(spec_of("kfold-stratified", 3), with_classes(classes)),
            "k = 3 folds, but the largest class has 2 samples; take a smaller k, or split = \"kfold\"");
  EXPECT_EQ(refusal(spec_of("kfold-stratified", 3), samples_of(5)),
            "a stratified split needs the class of each sample; take split = \"kfold\" where there are none");
  EXPECT_EQ(refusal(spec_of("kfold", 3), with_groups(groups)), "k = 3 folds of 2 groups; set k to 2 or less");
  EXPECT_EQ(refusal(spec_of("kfold-shuffled", 3), with_groups(groups)),
            "k = 3 folds of 2 groups; set k to 2 or less");
  Samples unequal = with_groups(groups);
  unequal.count = 6;
  EXPECT_EQ(refusal(spec_of("kfold"), unequal), "5 groups for 6 samples; give each sample one");
  const Labels one_group(20, 7);
  EXPECT_THAT(refusal(spec_of("percentage"), with_groups(one_group)),
              ::testing::StartsWith("split 0 has no sample to train on"));
}

TEST(SplitErrorsTest, gaps_that_leave_nothing_or_have_no_meaning_are_refused) {
  SplitSpec spec = spec_of("chain-forward", 5);
  spec.gap = 4;
  EXPECT_EQ(
      refusal(spec, samples_of(20)),
      "split 0 has no sample to train on; take a smaller k, or a smaller gap, labels that overlap less, or "
      "smaller groups where you have these");
  spec.kind = SplitKind::kfold_shuffled;
  EXPECT_EQ(
      refusal(spec, samples_of(20)),
      "gap and embargo are for test sets of consecutive samples; leave them out, or take split = \"kfold\" "
      "without groups, \"roll-forward\", \"chain-forward\" or \"percentage\"");
  spec.gap = std::numeric_limits<std::uint64_t>::max();
  spec.embargo = spec.gap;
  spec.kind = SplitKind::kfold;
  EXPECT_THAT(refusal(spec, samples_of(20)), ::testing::StartsWith("split 0 has no sample to train on"));
}

TEST(SplitErrorsTest, label_times_that_are_none_are_refused) {
  const auto refused = [](std::vector<double> starts, std::vector<double> ends) {
    Samples samples = samples_of(3);
    samples.label_starts = starts;
    samples.label_ends = ends;
    return refusal(spec_of("kfold", 3), samples);
  };
  EXPECT_EQ(refused({}, {0, std::numeric_limits<double>::quiet_NaN(), 2}),
            "the label of sample 1 has no time; leave such samples out");
  EXPECT_EQ(refused({}, {0, 0.5, 2}), "the label of sample 1 ends before it starts: 0.5 and 1");
  EXPECT_EQ(refused({0, 2, 1}, {5, 5, 5}),
            "the label of sample 2 starts before that of the sample before it; sort samples by time");
  EXPECT_EQ(refused({}, {0, 1}), "2 label ends for 3 samples; give each sample one");
}

}  // namespace
}  // namespace mproc::kernels::crossval
