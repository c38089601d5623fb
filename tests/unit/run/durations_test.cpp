#include "mproc/run/durations.hpp"

#include <gtest/gtest.h>

namespace mproc::run {
namespace {

constexpr std::int64_t second = 1'000'000'000;

/// `found` may be an eighth more than `taken`.
void expect_about(std::int64_t found, std::int64_t taken) {
  EXPECT_GE(found, taken);
  EXPECT_LE(found, taken + taken / 8);
}

TEST(Durations, of_few_tasks_the_longest_counts) {
  Durations durations;
  EXPECT_EQ(durations.of_nearly_all({}), 0);
  durations.add(50, second);
  durations.add(1, 100 * second);
  durations.add(40, 2 * second);
  expect_about(durations.of_nearly_all({}), 100 * second);
}

TEST(Durations, one_of_a_hundred_may_take_longer) {
  Durations durations;
  durations.add(198, second);
  durations.add(2, 3600 * second);
  expect_about(durations.of_nearly_all({}), second);
  durations.add(1, 3600 * second);
  expect_about(durations.of_nearly_all({}), 3600 * second);
}

TEST(Durations, what_runs_counts_by_how_long_it_has_run) {
  Durations durations;
  expect_about(durations.of_nearly_all({7 * second, second}), 7 * second);
  durations.add(1000, second);
  expect_about(durations.of_nearly_all({70 * second}), second);
}

TEST(Durations, any_duration_has_its_place) {
  for (std::int64_t ns : {std::int64_t{1}, std::int64_t{7}, std::int64_t{8}, std::int64_t{9},
                          std::int64_t{1000}, std::int64_t{1} << 40, std::int64_t{1} << 62}) {
    Durations durations;
    durations.add(1, ns);
    expect_about(durations.of_nearly_all({}), ns);
  }
  Durations durations;
  durations.add(1, -5);  // a clock that was set back
  EXPECT_EQ(durations.of_nearly_all({}), 0);
}

}  // namespace
}  // namespace mproc::run
