// What scikit-learn 1.2.1 with NumPy 1.24.2 gives.

#include "support.hpp"

namespace mproc::kernels::crossval {
namespace {

TEST(SplitReferenceTest, kfold_is_KFold) {
  struct Case {
    std::uint64_t n, k;
    List starts;
  };
  const std::vector<Case> cases{{10, 3, {0, 4, 7}},
                                {11, 4, {0, 3, 6, 9}},
                                {5, 5, {0, 1, 2, 3, 4}},
                                {103, 10, {0, 11, 22, 33, 43, 53, 63, 73, 83, 93}}};
  for (const Case& c : cases) {
    const auto splits = make_splits(spec_of("kfold", c.k), samples_of(c.n)).each;
    ASSERT_EQ(splits.size(), c.k);
    for (std::size_t i = 0; i < c.k; ++i) {
      const std::uint32_t n = static_cast<std::uint32_t>(c.n), end = i + 1 < c.k ? c.starts[i + 1] : n;
      EXPECT_EQ(splits[i].test, IndexSet::of_ranges({{c.starts[i], end}}));
      EXPECT_EQ(splits[i].train, IndexSet::of_ranges({{0, c.starts[i]}, {end, n}}));
    }
  }
}

TEST(SplitReferenceTest, chain_forward_is_TimeSeriesSplit_with_its_gap) {
  using Bounds = std::vector<std::uint32_t>;  // train's and test's
  struct Case {
    std::uint64_t n, k, gap;
    std::vector<Bounds> bounds;
  };
  const std::vector<Case> cases{
      {10, 4, 0, {{0, 4, 4, 6}, {0, 6, 6, 8}, {0, 8, 8, 10}}},
      {23, 5, 0, {{0, 7, 7, 11}, {0, 11, 11, 15}, {0, 15, 15, 19}, {0, 19, 19, 23}}},
      {23, 5, 3, {{0, 4, 7, 11}, {0, 8, 11, 15}, {0, 12, 15, 19}, {0, 16, 19, 23}}},
      {100,
       7,
       14,
       {{0, 2, 16, 30},
        {0, 16, 30, 44},
        {0, 30, 44, 58},
        {0, 44, 58, 72},
        {0, 58, 72, 86},
        {0, 72, 86, 100}}},
      {7, 7, 0, {{0, 1, 1, 2}, {0, 2, 2, 3}, {0, 3, 3, 4}, {0, 4, 4, 5}, {0, 5, 5, 6}, {0, 6, 6, 7}}},
  };
  for (const Case& c : cases) {
    SplitSpec spec = spec_of("chain-forward", c.k);
    spec.gap = c.gap;
    std::vector<Split> expected;
    for (const Bounds& b : c.bounds)
      expected.push_back({IndexSet::of_ranges({{b[0], b[1]}}), IndexSet::of_ranges({{b[2], b[3]}})});
    EXPECT_EQ(make_splits(spec, samples_of(c.n)).each, expected) << c.n;
  }
}

// Labels, groups and folds of the samples, a letter each.
struct Dealt {
  std::uint64_t k;
  std::string classes, groups, folds;
};

void expect_dealt(std::string_view name, const std::vector<Dealt>& cases) {
  for (const Dealt& c : cases) {
    const Labels classes = labels_of(c.classes), groups = labels_of(c.groups);
    Samples samples = samples_of(c.folds.size());
    samples.classes = classes;
    samples.groups = groups;
    const auto splits = make_splits(spec_of(name, c.k), samples).each;
    EXPECT_EQ(tested_in(splits, c.folds.size()), c.folds);
    for (const Split& split : splits) {
      expect_divided(split, c.folds.size());
      EXPECT_EQ(split.train.list(), sorted(split.train.list()));
      EXPECT_EQ(split.test.list(), sorted(split.test.list()));
    }
  }
}

TEST(SplitReferenceTest, kfold_stratified_is_StratifiedKFold) {
  expect_dealt(
      "kfold-stratified",
      {{3, "12100202100000112112", "", "00000101011122112222"},
       {5, "001000021000001000100101110001000000102011100000201011012200", "",
        "000000000001110111111121222222222233331333333344244444443444"},
       {4, "032032211003121301003212312212330303301302322001013211313223", "",
        "000000000000001011111111121122111222222222223332333333333333"},
       {10, "110101001101111100000110101101011000111011111000000101010011111010111000011011011011101111", "",
        "000000010011111112222123232232333444333444444555566565657755666767677888877978988988999999"},
       {4, "222222200000000000011111", "", "001122300011122233301233"}});
}

TEST(SplitReferenceTest, kfold_with_groups_is_GroupKFold) {
  expect_dealt("kfold",
               {{3, "", "110213130010", "001202021101"},
                {4, "", "0123456789abcdefg0123456789abcdefg", "0230123102301231002301231023012310"},
                {4, "", "466215698312849651538116685333652272238450377582101791518160",
                 "211102103301320120233001132333121121133220322231000200203010"},
                {5, "", "mrl8p9moeip50d5qqb9ld2jl2ngopkabl16fsmo587mg6mjqg3q51ndj3lctjsnp2nib9j",
                 "1324411230444043311200020322424121313124421231032434130042020334030110"},
                {7, "", "76vrlrbp7g5dcfh1cufj3dyj0prd1t9xdds41rxz45cpwtdx94f3oz3466jkygxru6gwr7ur529h513b",
                 "02002051056134233446411621013532114530265631651235443645226015204256004061326345"}});
}

TEST(SplitReferenceTest, kfold_stratified_with_groups_is_StratifiedGroupKFold) {
  expect_dealt("kfold-stratified",
               {{2, "100100101011101100011010", "212412405515153102413020", "010110101111110100110000"},
                {3, "101112001101001010200101000200100000100110101111000100100101",
                 "b7678db0b458e073d6cd1bbcebca4caaeb54421bb25dc8e4ce8247412e58",
                 "012122020112221222021000200110112011101000120221022011110212"},
                {4, "1010010011011001010100110100000110001011111000000100001000000001010010",
                 "2nsdmlq1lbpp8hegojmk7hbc35a8j87chtfa9drb7hns8qpba89q9esk326p69ge25tc8o",
                 "1313111110220203331132022300303220102330323101200021201121323230130203"},
                {10, "21020021002020201012002101120212021002202012100000001022011002120122010200211200",
                 "lx7wlob10nzlcry73y1v549bb1utowxzdmrnsodk7ywlrcdi90eq9olfquyr3cj2f4j69azgkx0afwqo",
                 "36943001577318493412127001950467498790469443814875527032294831022208757666552420"}});
}

}  // namespace
}  // namespace mproc::kernels::crossval
