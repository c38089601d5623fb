#include "mproc/run/failure_groups.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/failures.hpp"

namespace mproc::run {
namespace {

using mproc::testing::failure;
using ::testing::ElementsAre;

TEST(FailureGroups, groups_failures_by_what_they_say_most_frequent_first) {
  FailureGroups groups;
  groups.add(9, failure("KeyError", "'x'"));
  for (const std::uint64_t task : {5u, 17u, 80u, 81u}) groups.add(task, failure("ValueError", "bad x\nmore"));
  groups.add(6, failure("TypeError", "a"));
  groups.add(7, failure("TypeError", "a"));
  EXPECT_THAT(groups.lines(), ElementsAre("4 × ValueError: bad x (tasks 5, 17, 80, …)",
                                          "2 × TypeError: a (tasks 6, 7)", "1 × KeyError: 'x' (task 9)"));
}

TEST(FailureGroups, names_five_groups_and_says_how_many_more_there_are) {
  FailureGroups groups;
  for (std::uint64_t i = 0; i < 8; ++i) groups.add(i, failure("E" + std::to_string(i), ""));
  const auto lines = groups.lines();
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_EQ(lines.back(), "and 3 other kinds of failure");
  EXPECT_EQ(groups.lines(10).size(), 8u);
}

TEST(FailureGroups, keeps_a_bounded_number_of_groups_and_counts_all) {
  FailureGroups groups;
  for (std::uint64_t i = 0; i < 5'000; ++i) groups.add(i, failure("ValueError", "bad " + std::to_string(i)));
  EXPECT_LE(groups.lines().size(), 6u);
  EXPECT_EQ(groups.lines().front().substr(0, 4), "4000");
}

TEST(FailureGroups, count_a_task_again_for_each_attempt_and_name_it_once) {
  FailureGroups groups;
  for (const std::uint64_t task : {4u, 4u, 2u, 4u}) groups.add(task, failure("IOError", "late"));
  groups.add(1, failure("KeyError", "x"));
  EXPECT_EQ(groups.lines().front(), "4 × IOError: late (tasks 2, 4)");
  EXPECT_EQ(groups.first_task(), 2u);
  EXPECT_EQ(FailureGroups().first_task(), std::nullopt);
}

}  // namespace
}  // namespace mproc::run
