#include "mproc/schedule/forecast.hpp"

#include <gtest/gtest.h>

#include "support/sanitized.hpp"
#include "times.hpp"

namespace mproc::schedule {
namespace {

using testing::sanitized;

Outlook of(const Sample& sample) {
  return forecast(sample, {}, 4);
}

TEST(Forecast, doubles_the_executors_until_less_than_half_of_them_is_used) {
  const Outlook outlook = of({.tasks = 100, .durations = {1 * s}});
  std::uint32_t executors = 1;
  for (const Forecast& forecast : outlook.forecasts) {
    EXPECT_EQ(forecast.executors, executors);
    executors *= 2;
  }
  EXPECT_LT(outlook.forecasts.back().efficiency, 0.5);
  EXPECT_NEAR(outlook.forecasts[0].seconds, 100, 1);
  EXPECT_NEAR(outlook.forecasts[0].core_hours, 100.0 / 3600, 1e-3);
  EXPECT_NEAR(outlook.forecasts[2].seconds, 25, 0.5);
  EXPECT_NEAR(outlook.forecasts[2].efficiency, 1, 0.02);
}

TEST(Forecast, is_made_for_the_machines_own_number_of_cores_too) {
  const auto numbers = [](std::uint32_t cores) {
    std::vector<std::uint32_t> out;
    for (const Forecast& forecast : forecast({.tasks = 100, .durations = {1 * s}}, {}, cores).forecasts)
      if (forecast.executors <= 64) out.push_back(forecast.executors);
    return out;
  };
  EXPECT_EQ(numbers(6), (std::vector<std::uint32_t>{1, 2, 4, 6, 8, 16, 32, 64}));
  EXPECT_EQ(numbers(24), (std::vector<std::uint32_t>{1, 2, 4, 8, 16, 24, 32, 64}));
  EXPECT_EQ(numbers(8), (std::vector<std::uint32_t>{1, 2, 4, 8, 16, 32, 64}));
  EXPECT_EQ(numbers(1), (std::vector<std::uint32_t>{1, 2, 4, 8, 16, 32, 64}));
}

TEST(Forecast, knee_is_the_largest_number_that_is_used_well) {
  const Outlook outlook = of({.tasks = 100, .durations = {1 * s}});
  EXPECT_EQ(outlook.knee, 16u);  // 7 rounds: 100 of 112; with 32: 4 rounds, 100 of 128
  EXPECT_EQ(outlook.limit, Limit::tasks);
}

TEST(Forecast, names_the_longest_task) {
  std::vector<std::int64_t> durations(100, 10 * ms);
  durations[50] = 2 * s;
  const Outlook outlook = of({.tasks = 1'000, .durations = durations});
  EXPECT_EQ(outlook.limit, Limit::longest_task);
}

TEST(Forecast, names_the_start) {
  const Outlook outlook = of({.tasks = 1'000, .durations = {10 * ms}, .start_seconds = 1});
  EXPECT_EQ(outlook.knee, 2u);  // 10 s of work
  EXPECT_EQ(outlook.limit, Limit::start);
  EXPECT_FALSE(of({.tasks = 10, .durations = {10 * ms}, .start_seconds = 1}).knee);
}

TEST(Forecast, names_central_where_a_pinned_chunk_floods_it) {
  const Outlook outlook = of({.tasks = 100'000'000, .durations = {100 * us}, .options = {.chunk = 1}});
  EXPECT_EQ(outlook.limit, Limit::central);
}

TEST(Forecast, names_the_journal_where_results_are_large) {
  Costs costs;
  costs.central_byte = 0.1;
  const Outlook outlook =
      forecast({.tasks = 100'000, .durations = {10 * ms}, .result_bytes = 1'000'000}, costs, 4);
  EXPECT_EQ(outlook.limit, Limit::journal);
}

TEST(Forecast, heavy_tails_of_many_tasks_leave_no_executor_more_than_all_of_its_time) {
  std::vector<std::int64_t> durations(2'000, 1 * ms);
  for (std::size_t i = 0; i < 20; ++i) durations[i] = 200 * ms;
  const Outlook outlook = of({.tasks = sanitized ? 200'000u : 2'000'000u, .durations = durations});
  double before = 1.01;
  for (const Forecast& forecast : outlook.forecasts) {
    EXPECT_LE(forecast.efficiency, std::min(before, 1.0)) << forecast.executors;
    before = forecast.efficiency + 0.05;
  }
}

TEST(Forecast, billions_of_tasks_are_told_from_a_part_of_them) {
  const std::uint64_t tasks = sanitized ? 400'000 : 4'000'000'000;
  const Outlook many = of({.tasks = tasks, .durations = {1 * ms}});
  EXPECT_NEAR(many.forecasts[0].seconds, static_cast<double>(tasks) / 1e3, static_cast<double>(tasks) / 4e4);
  if (!sanitized) {
    EXPECT_EQ(many.forecasts.back().executors, 1u << 14);
  }
}

}  // namespace
}  // namespace mproc::schedule
