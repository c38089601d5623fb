#include "mproc/kernels/fresh/target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "mproc/base/error.hpp"

namespace mproc::kernels::fresh {
namespace {

using ::testing::ElementsAre;

std::string target_refusal(const TargetColumn& column, MlTask task = MlTask::automatic) {
  try {
    make_target(column, task);
  } catch (const base::UserError& error) {
    return error.what();
  }
  return {};
}

TEST(TargetTest, signed_integers_booleans_and_text_are_labels) {
  const Target integers = make_target(std::vector<std::int64_t>{10, -1, 2, 10}, MlTask::automatic);
  EXPECT_THAT(integers.labels, ElementsAre("-1", "2", "10"));
  EXPECT_THAT(integers.codes, ElementsAre(2, 0, 1, 2));
  EXPECT_EQ(integers.rows(), 4U);
  const Target booleans = make_target(std::vector<bool>{true, false}, MlTask::automatic);
  EXPECT_THAT(booleans.labels, ElementsAre("False", "True"));
  EXPECT_THAT(booleans.codes, ElementsAre(1, 0));
  const Target text = make_target(std::vector<std::string>{"b", "a", "B", "10", "9"}, MlTask::automatic);
  EXPECT_THAT(text.labels, ElementsAre("10", "9", "B", "a", "b"));
}

TEST(TargetTest, unsigned_integers_and_real_numbers_are_numbers) {
  const Target target = make_target(std::vector<std::uint64_t>{3, 1}, MlTask::automatic);
  EXPECT_FALSE(target.is_classification());
  EXPECT_THAT(target.values, ElementsAre(3, 1));
  EXPECT_EQ(target.rows(), 2U);
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_THAT(make_target(std::vector<double>{0.5, inf}, MlTask::automatic).values, ElementsAre(0.5, inf));
}

TEST(TargetTest, what_is_told_goes_before_what_is_inferred) {
  const Target labels = make_target(std::vector<double>{1.5, -0.0, 0.0, 1e300}, MlTask::classification);
  EXPECT_THAT(labels.labels, ElementsAre("0.0", "1.5", "1e+300"));
  EXPECT_THAT(labels.codes, ElementsAre(1, 0, 0, 2));
  EXPECT_THAT(make_target(std::vector<std::uint64_t>{7, 5}, MlTask::classification).labels,
              ElementsAre("5", "7"));
  EXPECT_THAT(make_target(std::vector<std::int64_t>{-7, 5}, MlTask::regression).values, ElementsAre(-7, 5));
  EXPECT_THAT(make_target(std::vector<bool>{true, false}, MlTask::regression).values, ElementsAre(1, 0));
}

TEST(TargetTest, rows_without_a_value_are_refused) {
  EXPECT_EQ(target_refusal(std::vector<double>{1, 2, std::nan("")}),
            "the target has no value in row 3: give it one, or leave that row out");
  EXPECT_EQ(target_refusal(std::vector<std::string>{"a", "", "b"}),
            "the target has no value in row 2: give it one, or leave that row out");
}

TEST(TargetTest, a_target_that_never_differs_is_refused) {
  EXPECT_EQ(target_refusal(std::vector<std::int64_t>{4, 4, 4}),
            "the target has the same value in all rows: features can be selected only for one that differs "
            "from row to "
            "row");
  EXPECT_EQ(target_refusal(std::vector<double>{-0.0, 0.0}),
            "the target has the same value in all rows: features can be selected only for one that differs "
            "from row to "
            "row");
  EXPECT_EQ(target_refusal(std::vector<bool>{}),
            "the target has no rows: features can be selected only for one that differs from row to row");
}

TEST(TargetTest, text_is_no_target_of_a_regression) {
  EXPECT_EQ(
      target_refusal(std::vector<std::string>{"a", "b"}, MlTask::regression),
      "the target is text, which a regression cannot be for: give it numbers, or select for classification");
}

}  // namespace
}  // namespace mproc::kernels::fresh
