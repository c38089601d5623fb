#include "mproc/report/usage.hpp"

#include <gtest/gtest.h>

#include "mproc/report/task_times.hpp"

namespace mproc::report {
namespace {

constexpr base::Epoch first{1}, second{2};

Bar bar_between(std::uint32_t executor, std::int64_t start, std::int64_t end) {
  Bar out;
  out.tasks = {0, 1};
  out.start_ns = start;
  out.end_ns = end;
  out.executor = executor;
  return out;
}

Axis two_sessions() {
  Axis axis;
  axis.extend(second, 1000, 1050);
  axis.extend(first, 100, 150);
  axis.extend(first, 120, 200);
  axis.settle();
  return axis;
}

TEST(Axis, has_sessions_one_after_the_other) {
  const Axis axis = two_sessions();
  EXPECT_EQ(axis.length_ns(), 150);
  EXPECT_EQ(axis.sessions().at(first).at(130), 30);
  EXPECT_EQ(axis.sessions().at(second).at(1010), 110);
  EXPECT_EQ(axis.at(130), 30);
  EXPECT_EQ(axis.at(500), 100);
  EXPECT_EQ(axis.at(2000), 150);
  EXPECT_EQ(axis.at(0), 0);
}

TEST(Usage, all_of_the_time_goes_somewhere) {
  const Axis axis = two_sessions();
  Usage usage(2);
  usage.add(first, bar_between(0, 110, 130));
  usage.add(first, bar_between(0, 150, 190));
  usage.add(second, bar_between(1, 1000, 1050));
  const Shares one = usage.shares(0, axis);
  EXPECT_EQ(one.busy_ns, 60);
  EXPECT_EQ(one.before_ns, 10);
  EXPECT_EQ(one.between_ns, 20);
  EXPECT_EQ(one.after_ns, 10);
  EXPECT_EQ(one.all_ns(), 100);  // it was not in the second session
  Shares both = one;
  both += usage.shares(1, axis);
  EXPECT_EQ(both.all_ns(), axis.length_ns());
  EXPECT_EQ(usage.executors_in(first), 1u);
  EXPECT_EQ(usage.tasks(0), 2u);
}

TEST(TaskTimes, quantiles_are_near_the_true_ones) {
  TaskTimes times;
  for (std::int64_t i = 1; i <= 1000; ++i) times.add(10, i * 1000);
  EXPECT_EQ(times.tasks(), 10'000u);
  EXPECT_NEAR(times.quantile_ns(0.5), 500e3, 25e3);
  EXPECT_NEAR(times.quantile_ns(0.95), 950e3, 48e3);
  EXPECT_EQ(times.shortest_ns(), 1000);
  EXPECT_EQ(times.longest_ns(), 1'000'000);
}

TEST(TaskTimes, of_equal_tasks_are_exact) {
  TaskTimes times;
  times.add(3, 12'345);
  EXPECT_DOUBLE_EQ(times.quantile_ns(0.5), 12'345);
  EXPECT_DOUBLE_EQ(TaskTimes().quantile_ns(0.5), 0);
}

}  // namespace
}  // namespace mproc::report
