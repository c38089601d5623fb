#include "mproc/kernels/fresh/relevance.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "mproc/base/error.hpp"

namespace mproc::kernels::fresh {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(RejectedTest, is_by_the_largest_p_value_below_its_rank) {
  // Limits at a rate of 0.06 and four tests: 0.015, 0.03, 0.045 and 0.06.
  EXPECT_THAT(rejected(std::vector<double>{0.9, 0.045, 0.001, 0.04}, 0.06, true),
              ElementsAre(false, true, true, true));
  EXPECT_THAT(rejected(std::vector<double>{0.061, 0.046, 0.001, 0.031}, 0.06, true),
              ElementsAre(false, false, true, false));
  EXPECT_THAT(rejected(std::vector<double>{0.06, 0.06, 0.06, 0.06}, 0.06, true), Each(true));
  EXPECT_THAT(rejected({}, 0.05, true), IsEmpty());
}

TEST(RejectedTest, dependent_tests_have_limits_divided_by_the_harmonic_sum) {
  // 1 + 1/2 + 1/3 = 11/6, so with a rate of 0.11 the limits are 0.02, 0.04 and 0.06.
  EXPECT_THAT(rejected(std::vector<double>{0.0599, 0.0199, 0.9}, 0.11, false),
              ElementsAre(false, true, false));
  EXPECT_THAT(rejected(std::vector<double>{0.0599, 0.0401, 0.0201}, 0.11, false), Each(true));
  EXPECT_THAT(rejected(std::vector<double>{0.0601, 0.0401, 0.0201}, 0.11, false), Each(false));
}

class RelevanceTest : public ::testing::Test {
 protected:
  static FeatureResult real(std::vector<double> p_values) { return {FeatureType::real, std::move(p_values)}; }
  static FeatureResult binary(std::vector<double> p_values) {
    return {FeatureType::binary, std::move(p_values)};
  }
  static RelevanceTable table(const std::vector<FeatureResult>& results, const Target& target,
                              RelevanceOptions options = {}) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < results.size(); ++i)
      names.push_back(std::string(1, static_cast<char>('a' + i)));
    return relevance_table(names, results, target, options);
  }
  static std::string features(const RelevanceTable& table) {
    std::string text;
    for (const Relevance& row : table.rows) text += row.feature + (row.relevant ? "+" : "");
    return text;
  }
  static std::string refusal(const Target& target, const RelevanceOptions& options) {
    try {
      table({}, target, options);
    } catch (const base::UserError& error) {
      return error.what();
    }
    return {};
  }

  const Target numbers_ = make_target(std::vector<double>{1, 2, 3}, MlTask::automatic);
  const Target letters_ = make_target(std::vector<std::string>{"y", "x", "z"}, MlTask::automatic);
  const FeatureResult constant_{};
};

TEST_F(RelevanceTest, rows_are_by_p_value_then_real_ones_then_by_column_and_constant_ones_last) {
  const RelevanceTable found = table(
      {constant_, binary({0.5}), real({0.5}), real({1}), real({0.5}), binary({1e-9}), constant_}, numbers_);
  EXPECT_EQ(features(found), "f+cebdag");
  EXPECT_EQ(found.rows[0].column, 5U);
  EXPECT_TRUE(std::isnan(found.rows[6].p_value));
}

TEST_F(RelevanceTest, equal_p_values_keep_the_order_of_columns) {
  const RelevanceTable found = table(std::vector<FeatureResult>(100, real({0.5})), numbers_);
  for (std::size_t i = 0; i < 100; ++i) ASSERT_EQ(found.rows[i].column, i);
}

TEST_F(RelevanceTest, constant_features_count_for_nothing) {
  // 0.05 / (1 + 1/2) / 2 is 0.0167, a third of it would be 0.0091.
  EXPECT_EQ(features(table({real({0.9}), constant_, real({0.015})}, numbers_)), "c+ab");
  EXPECT_EQ(features(table({real({0.9}), real({1}), real({0.015})}, numbers_)), "cab");
}

TEST_F(RelevanceTest, features_of_any_label_are_relevant_in_the_order_of_the_first_rows) {
  const RelevanceTable found =
      table({real({1e-9, 0.6, 1}), real({0.3, 0.2, 0.4}), binary({1, 0.7, 0.001})}, letters_);
  EXPECT_EQ(features(found), "ba+c+");
  EXPECT_EQ(found.rows[1].p_value, 1e-9);
  EXPECT_THAT(found.labels, IsEmpty());
}

TEST_F(RelevanceTest, multiclass_features_are_relevant_for_enough_labels) {
  RelevanceOptions options;
  options.multiclass = true;
  options.n_significant = 2;
  const RelevanceTable found =
      table({real({1e-9, 0.6, 1}), real({1e-9, 0.2, 1e-5}), constant_, real({1e-9, 1e-8, 1e-7})}, letters_,
            options);
  EXPECT_EQ(features(found), "d+b+ac");
  EXPECT_THAT(found.labels, ElementsAre("x", "y", "z"));
  EXPECT_THAT(found.rows[1].relevant_for, ElementsAre(true, false, true));
  EXPECT_EQ(found.rows[1].n_significant, 2U);
  EXPECT_THAT(found.rows[3].relevant_for, ElementsAre(false, false, false));
}

TEST_F(RelevanceTest, two_labels_are_no_multiclass_table) {
  RelevanceOptions options;
  options.multiclass = true;
  options.n_significant = 2;
  const Target two = make_target(std::vector<bool>{true, false}, MlTask::automatic);
  const RelevanceTable found = table({real({0.01, 0.01})}, two, options);
  EXPECT_THAT(found.labels, IsEmpty());
  EXPECT_EQ(features(found), "a+");
}

TEST_F(RelevanceTest, options_that_do_not_fit_the_target_are_refused) {
  RelevanceOptions options;
  options.multiclass = true;
  EXPECT_EQ(refusal(numbers_, options),
            "the target is of numbers, so there are no classes to be selected for: leave multiclass out, or "
            "select for "
            "classification");
  options.n_significant = 4;
  EXPECT_EQ(refusal(letters_, options),
            "the target has 3 classes: features cannot be selected for being relevant for 4 of them");
  options.n_significant = 0;
  EXPECT_EQ(refusal(letters_, options),
            "the target has 3 classes: features cannot be selected for being relevant for 0 of them");
}

}  // namespace
}  // namespace mproc::kernels::fresh
