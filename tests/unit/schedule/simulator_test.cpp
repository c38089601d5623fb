#include "mproc/schedule/simulator.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace mproc::schedule {
namespace {

constexpr std::int64_t us = 1'000;
constexpr std::int64_t ms = 1'000'000;

/// No schedule is shorter than the longest task, nor than all of the work shared evenly.
double lower_bound_ns(const SimulatedStage& stage, std::uint64_t executors) {
  std::int64_t sum = 0;
  std::int64_t longest = 0;
  for (std::uint64_t i = 0; i < stage.tasks; ++i) {
    sum += stage.task_ns(i);
    longest = std::max(longest, stage.task_ns(i));
  }
  return std::max(static_cast<double>(sum) / static_cast<double>(executors), static_cast<double>(longest));
}

std::vector<std::int64_t> pareto_times(std::size_t tasks, double least_ns, double shape, double most_ns,
                                       unsigned seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform(1e-9, 1);
  std::vector<std::int64_t> times(tasks);
  for (auto& time : times) {
    time = static_cast<std::int64_t>(std::min(least_ns * std::pow(uniform(random), -1 / shape), most_ns));
  }
  return times;
}

TEST(Simulator, uniform_millisecond_tasks_keep_everyone_busy) {
  for (const std::uint32_t workers : {2u, 8u, 64u}) {
    const SimulatedStage stage{.tasks = 1'000ull * workers, .task_ns = [](std::uint64_t) { return 1 * ms; }};
    const SimulatedRun run = simulate({.workers = workers}, stage);
    EXPECT_GE(run.efficiency, 0.95) << workers << " workers";
    EXPECT_LE(run.chunks, stage.tasks);
  }
}

TEST(Simulator, many_executors_of_one_worker_are_all_kept_busy) {
  const SimulatedStage stage{.tasks = 32'000, .task_ns = [](std::uint64_t) { return 1 * ms; }};
  EXPECT_GE(simulate({.workers = 2, .executors = 16}, stage).efficiency, 0.95);
}

TEST(Simulator, ten_millisecond_tasks_reach_the_bar) {
  const SimulatedStage stage{.tasks = 1'000, .task_ns = [](std::uint64_t) { return 10 * ms; }};
  EXPECT_GE(simulate({.workers = 2}, stage).efficiency, 0.985);
}

TEST(Simulator, null_tasks_travel_in_long_chunks) {
  const SimulatedStage stage{.tasks = 10'000'000, .task_ns = [](std::uint64_t) { return 50; }};
  const SimulatedRun run = simulate({.workers = 2, .worker_task_ns = 0, .central_task_ns = 1}, stage);
  EXPECT_LT(run.chunks, 700u);
  EXPECT_GE(run.efficiency, 0.9);
}

TEST(Simulator, heavy_tails_end_near_the_lower_bound) {
  for (unsigned seed = 0; seed < 6; ++seed) {
    const auto times = pareto_times(20'000, 1.0 * ms, 1.3, 300.0 * ms, seed);
    const SimulatedStage stage{.tasks = times.size(), .task_ns = [&](std::uint64_t i) { return times[i]; }};
    const SimulatedRun run = simulate({.workers = 8}, stage);
    EXPECT_LE(static_cast<double>(run.makespan_ns), 1.1 * lower_bound_ns(stage, 8)) << "seed " << seed;
  }
}

TEST(Simulator, a_long_task_among_short_ones_holds_back_nothing_behind_it) {
  for (const std::uint64_t at : {0u, 7u, 5'000u, 99'000u}) {
    const SimulatedStage stage{.tasks = 100'000,
                               .task_ns = [&](std::uint64_t i) { return i == at ? 200 * ms : 10 * us; }};
    const SimulatedRun run = simulate({.workers = 4}, stage);
    const double last_start = static_cast<double>(at) * 10 * us / 4 + 200 * ms;
    EXPECT_LE(static_cast<double>(run.makespan_ns), 1.1 * std::max(lower_bound_ns(stage, 4), last_start))
        << at;
    EXPECT_GT(run.recalls, 0u);
  }
}

TEST(Simulator, few_long_tasks_are_spread_over_all_executors) {
  const SimulatedStage stage{.tasks = 8, .task_ns = [](std::uint64_t) { return 1'000 * ms; }};
  EXPECT_LE(simulate({.workers = 8}, stage).makespan_ns, 1'001 * ms);
  EXPECT_LE(simulate({.workers = 1, .executors = 8}, stage).makespan_ns, 1'001 * ms);
}

TEST(Simulator, the_same_input_gives_the_same_run) {
  const auto times = pareto_times(5'000, 0.1 * ms, 1.2, 100.0 * ms, 1);
  const SimulatedStage stage{.tasks = times.size(), .task_ns = [&](std::uint64_t i) { return times[i]; }};
  const SimulatedRun one = simulate({.workers = 5, .executors = 3}, stage);
  const SimulatedRun two = simulate({.workers = 5, .executors = 3}, stage);
  EXPECT_EQ(one.makespan_ns, two.makespan_ns);
  EXPECT_EQ(one.chunks, two.chunks);
  EXPECT_EQ(one.recalls, two.recalls);
}

TEST(Simulator, a_hundred_thousand_workers_cost_little_more_per_chunk_than_a_hundred) {
  const SimulatedStage stage{.tasks = 500'000, .task_ns = [](std::uint64_t) { return 10 * ms; }};
  const SimulatedRun run = simulate({.workers = 100'000, .central_chunk_ns = 10}, stage);
  EXPECT_EQ(run.busy_ns, 500'000 * 10 * ms);
}

}  // namespace
}  // namespace mproc::schedule
