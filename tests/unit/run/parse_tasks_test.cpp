#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mproc/run/plan.hpp"
#include "support/errors.hpp"

namespace mproc::run {
namespace {

using base::TaskRange;
using ::testing::ElementsAre;

TEST(ParseTasks, reads_numbers_and_ranges_with_both_ends_included) {
  EXPECT_THAT(parse_tasks("0"), ElementsAre(TaskRange{0, 1}));
  EXPECT_THAT(parse_tasks("0-9"), ElementsAre(TaskRange{0, 10}));
  EXPECT_THAT(parse_tasks("0-9,20,25-26"), ElementsAre(TaskRange{0, 10}, TaskRange{20, 1}, TaskRange{25, 2}));
  EXPECT_THAT(parse_tasks("7-7"), ElementsAre(TaskRange{7, 1}));
}

TEST(ParseTasks, an_open_range_has_no_end) {
  const auto ranges = parse_tasks("30-");
  ASSERT_EQ(ranges.size(), 1u);
  EXPECT_EQ(ranges[0].first, 30u);
  EXPECT_GT(ranges[0].end(), std::uint64_t{1} << 63);
  EXPECT_THAT(parse_tasks("1-,5"), ElementsAre(TaskRange{1, ranges[0].end() - 1}, TaskRange{5, 1}));
}

class BadTasks : public ::testing::TestWithParam<const char*> {};

TEST_P(BadTasks, are_refused_with_an_example) {
  EXPECT_EQ(mproc::testing::message_of<base::UserError>([] { parse_tasks(GetParam()); }),
            std::string("--tasks ") + GetParam() + ": not a list of tasks; write for instance 0-9,20,30-");
}

INSTANTIATE_TEST_SUITE_P(table, BadTasks,
                         ::testing::Values("", ",", "a", "1,", ",1", "1,,2", "1-2-3", "9-0", "-5", "1 2",
                                           "1.5", "1, 2", "+1", "0x10", "1-b", "99999999999999999999",
                                           "0-99999999999999999999", "0-18446744073709551615",
                                           "18446744073709551615"));

}  // namespace
}  // namespace mproc::run
