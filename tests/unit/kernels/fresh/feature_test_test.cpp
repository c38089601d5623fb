#include "mproc/kernels/fresh/feature_test.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "mproc/base/error.hpp"
#include "mproc/kernels/fresh/fisher_exact.hpp"
#include "mproc/kernels/fresh/kolmogorov_smirnov.hpp"

namespace mproc::kernels::fresh {
namespace {

using ::testing::ElementsAre;
using FeatureValues = std::vector<double>;

PreparedTarget label_target(const std::vector<std::int64_t>& column,
                            LabelTest test = LabelTest::mann_whitney) {
  return PreparedTarget(make_target(column, MlTask::classification), test);
}

PreparedTarget number_target(const FeatureValues& column) {
  return PreparedTarget(make_target(column, MlTask::regression));
}

TEST(FeatureTest, the_type_is_how_many_values_differ) {
  const PreparedTarget target = label_target({0, 1, 0, 1});
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(target.test("f", FeatureValues{3, 3, 3, 3}).type, FeatureType::constant);
  EXPECT_EQ(target.test("f", FeatureValues{0.0, -0.0, 0.0, -0.0}).type, FeatureType::constant);
  EXPECT_EQ(target.test("f", FeatureValues{inf, inf, inf, inf}).type, FeatureType::constant);
  EXPECT_EQ(target.test("f", FeatureValues{inf, -inf, inf, inf}).type, FeatureType::binary);
  EXPECT_EQ(target.test("f", FeatureValues{2, 2, 2, 7}).type, FeatureType::binary);
  EXPECT_EQ(target.test("f", FeatureValues{2, 2, 3, 7}).type, FeatureType::real);
  EXPECT_EQ(name_of(FeatureType::constant), "constant");
}

TEST(FeatureTest, constant_features_have_no_p_value) {
  EXPECT_TRUE(label_target({0, 1, 0}).test("f", FeatureValues{3, 3, 3}).p_values.empty());
  EXPECT_TRUE(number_target({0, 1, 0}).test("f", FeatureValues{3, 3, 3}).p_values.empty());
}

TEST(FeatureTest, features_with_NaN_are_refused_by_name) {
  try {
    label_target({0, 1, 0}).test("x__mean", FeatureValues{3, std::nan(""), 3});
    FAIL();
  } catch (const base::UserError& error) {
    EXPECT_STREQ(error.what(),
                 "feature 'x__mean' has no value (NaN) in row 2, so it cannot be tested: impute the "
                 "features, or leave "
                 "this one out");
  }
}

TEST(FeatureTest, labels_and_binary_features_are_Fishers) {
  EXPECT_THAT(label_target({5, 8, 5, 8, 5, 8}).test("f", FeatureValues{9, 1, 1, 1, 1, 9}).p_values,
              ElementsAre(fisher_exact(1, 1, 2, 2), fisher_exact(1, 1, 2, 2)));
  EXPECT_THAT(label_target({5, 8, 5, 8, 5, 8}).test("f", FeatureValues{9, 1, 1, 1, 9, 1}).p_values,
              ElementsAre(fisher_exact(2, 0, 1, 3), fisher_exact(2, 0, 1, 3)));
  EXPECT_THAT(label_target({5, 8, 6, 8, 6, 5}).test("f", FeatureValues{9, 1, 9, 1, 9, 1}).p_values,
              ElementsAre(fisher_exact(1, 1, 2, 2), fisher_exact(2, 0, 1, 3), fisher_exact(0, 2, 3, 1)));
}

TEST(FeatureTest, labels_and_real_features_are_Mann_Whitneys) {
  const MannWhitneyDistribution exact(2, 4);
  EXPECT_THAT(label_target({0, 1, 0, 1, 2, 2}).test("f", FeatureValues{1, 2, 3, 4, 5, 6}).p_values,
              ElementsAre(exact.p_value({2, 4, 1}), exact.p_value({2, 4, 3}), exact.p_value({2, 4, 8})));
  EXPECT_THAT(label_target({0, 1, 0, 1, 2, 2}).test("f", FeatureValues{1, 2, 2, 2, 5, 6}).p_values,
              ElementsAre(mann_whitney_asymptotic({2, 4, 1}, 24), mann_whitney_asymptotic({2, 4, 3}, 24),
                          mann_whitney_asymptotic({2, 4, 8}, 24)));
}

TEST(FeatureTest, exactness_of_labels_ends_at_eight_rows) {
  for (const std::size_t few : {8, 9}) {
    std::vector<std::int64_t> column(few, 1);
    column.resize(2 * few + 3, 0);
    FeatureValues values(column.size());
    for (std::size_t row = 0; row < values.size(); ++row) values[row] = static_cast<double>(row);
    const MannWhitneyU test{few, few + 3, 0};
    const double p =
        few == 8 ? MannWhitneyDistribution(8, 11).p_value(test) : mann_whitney_asymptotic(test, 0);
    EXPECT_THAT(label_target(column).test("f", values).p_values, ElementsAre(p, p));
  }
}

TEST(FeatureTest, labels_and_real_features_are_Kolmogorov_Smirnovs_when_asked) {
  EXPECT_THAT(label_target({0, 1, 0, 1, 2, 2}, LabelTest::kolmogorov_smirnov)
                  .test("f", FeatureValues{1, 2, 2, 4, 5, 6})
                  .p_values,
              ElementsAre(p_value({2, 4, 6}), p_value({2, 4, 4}), p_value({2, 4, 8})));
}

TEST(FeatureTest, numbers_and_binary_features_are_Kolmogorov_Smirnovs) {
  EXPECT_THAT(number_target({3, 1, 2, 5, 4}).test("f", FeatureValues{7, 7, 7, -1, -1}).p_values,
              ElementsAre(p_value({3, 2, 6})));
  EXPECT_THAT(number_target({3, 1, 2, 5, 5}).test("f", FeatureValues{7, 7, -1, 7, -1}).p_values,
              ElementsAre(p_value({3, 2, 1})));
}

TEST(FeatureTest, numbers_and_real_features_are_Kendalls) {
  const FeatureValues target{3, 1, 2, 5, 4, 4}, feature{1, 1, 2, 3, 9, 0};
  EXPECT_THAT(number_target(target).test("f", feature).p_values,
              ElementsAre(kendall(ascending(feature), KendallSample(target)).p_value));
}

}  // namespace
}  // namespace mproc::kernels::fresh
