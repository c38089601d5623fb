#include "mproc/schedule/task_times.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mproc::schedule {
namespace {

TEST(TaskTimes, a_list_repeats_from_its_start) {
  const TaskTimes times({1, 10, 100});
  EXPECT_EQ(times.of(0), 1);
  EXPECT_EQ(times.of(5), 100);
  EXPECT_EQ(times.sum({1, 4}), 10 + 100 + 1 + 10);
  EXPECT_EQ(times.sum({0, 3'000'000}), 111'000'000);
  EXPECT_EQ(times.sum({7, 0}), 0);
}

TEST(TaskTimes, the_longest_is_that_of_the_tasks_there_are) {
  const TaskTimes times({1, 10, 100});
  EXPECT_EQ(times.longest(2), 10);
  EXPECT_EQ(times.longest(50), 100);
}

TEST(TaskTimes, drawn_ones_hold_each_measured_duration_equally_often_in_no_pattern) {
  const TaskTimes times = TaskTimes::drawn_from({1, 1, 1, 1'000}, 400, 1);
  EXPECT_EQ(times.sum({0, 400}), 100 * 1'003);
  std::vector<std::uint64_t> places;
  for (std::uint64_t task = 0; task < 400; ++task)
    if (times.of(task) == 1'000) places.push_back(task % 4);
  EXPECT_THAT(places, ::testing::IsSupersetOf({0u, 1u, 2u, 3u}));
}

TEST(TaskTimes, the_same_seed_draws_the_same) {
  const std::vector<std::int64_t> sample{1, 2, 3, 4, 5, 6, 7, 8};
  const auto first_three = [&](std::uint64_t seed) {
    const TaskTimes times = TaskTimes::drawn_from(sample, 8, seed);
    return std::vector{times.of(0), times.of(1), times.of(2), times.of(3)};
  };
  EXPECT_EQ(first_three(1), first_three(1));
  EXPECT_NE(first_three(1), first_three(2));
}

}  // namespace
}  // namespace mproc::schedule
