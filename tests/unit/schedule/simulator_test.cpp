#include "mproc/schedule/simulator.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <queue>
#include <random>
#include <vector>

#include "support/sanitized.hpp"
#include "times.hpp"

namespace mproc::schedule {
namespace {

using testing::sanitized;

/// No schedule is shorter than the longest task, nor than all of the work shared evenly.
double lower_bound_ns(const SimulatedStage& stage, std::uint64_t executors) {
  return std::max(static_cast<double>(stage.times.sum({0, stage.tasks})) / static_cast<double>(executors),
                  static_cast<double>(stage.times.longest(stage.tasks)));
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
    const SimulatedStage stage{.tasks = 1'000ull * workers, .times = TaskTimes::equal(1 * ms)};
    const SimulatedRun run = simulate({.workers = workers}, stage);
    EXPECT_GE(run.efficiency, 0.95) << workers << " workers";
    EXPECT_LE(run.chunks, stage.tasks);
  }
}

TEST(Simulator, many_executors_of_one_worker_are_all_kept_busy) {
  const SimulatedStage stage{.tasks = 32'000, .times = TaskTimes::equal(1 * ms)};
  EXPECT_GE(simulate({.workers = 2, .executors = 16}, stage).efficiency, 0.95);
}

TEST(Simulator, ten_millisecond_tasks_reach_the_bar) {
  const SimulatedStage stage{.tasks = 1'000, .times = TaskTimes::equal(10 * ms)};
  EXPECT_GE(simulate({.workers = 2}, stage).efficiency, 0.985);
}

TEST(Simulator, null_tasks_travel_in_long_chunks) {
  const SimulatedStage stage{.tasks = 10'000'000, .times = TaskTimes::equal(50)};
  const SimulatedRun run = simulate({.workers = 2}, stage);
  EXPECT_LT(run.chunks, 700u);
  EXPECT_GE(run.efficiency, 0.9);
}

/// What nobody beats who does not know the durations: each task, in order, to the first executor that is
/// free.
double one_by_one_ns(const SimulatedStage& stage, std::uint64_t executors) {
  std::priority_queue<std::int64_t, std::vector<std::int64_t>, std::greater<>> free;
  for (std::uint64_t i = 0; i < executors; ++i) free.push(0);
  std::int64_t end = 0;
  for (std::uint64_t task = 0; task < stage.tasks; ++task) {
    const std::int64_t ended = free.top() + stage.times.of(task);
    free.pop();
    free.push(ended);
    end = std::max(end, ended);
  }
  return static_cast<double>(end);
}

TEST(Simulator, heavy_tails_end_near_the_lower_bound) {
  for (unsigned seed = 0; seed < (sanitized ? 1 : 6); ++seed) {
    const auto times = pareto_times(100'000, 0.5 * ms, 1.3, 1'000.0 * ms, seed);
    const SimulatedStage stage{.tasks = times.size(), .times = TaskTimes(times)};
    for (const std::uint32_t workers : {2u, 8u, 64u}) {
      const double bound = std::max(lower_bound_ns(stage, workers), one_by_one_ns(stage, workers));
      const SimulatedRun run = simulate({.workers = workers}, stage);
      EXPECT_LE(static_cast<double>(run.makespan_ns), 1.05 * bound) << workers << " workers, seed " << seed;
      const SimulatedRun node = simulate({.workers = 1, .executors = workers}, stage);
      EXPECT_LE(static_cast<double>(node.makespan_ns), 1.05 * bound)
          << workers << " executors, seed " << seed;
    }
  }
}

TEST(Simulator, a_long_task_among_short_ones_holds_back_nothing_behind_it) {
  for (const std::uint64_t at : {0u, 7u, 5'000u, 99'000u}) {
    std::vector<std::int64_t> times(100'000, 10 * us);
    times[at] = 200 * ms;
    const SimulatedStage stage{.tasks = times.size(), .times = TaskTimes(times)};
    const SimulatedRun run = simulate({.workers = 4}, stage);
    const double last_start = static_cast<double>(at) * 10 * us / 4 + 200 * ms;
    EXPECT_LE(static_cast<double>(run.makespan_ns), 1.1 * std::max(lower_bound_ns(stage, 4), last_start))
        << at;
    EXPECT_GT(run.recalls, 0u);
  }
}

/// As series of 100 and of 100,000 values take.
TEST(Simulator, few_long_tasks_among_many_short_ones_are_shared_wherever_they_are) {
  constexpr std::size_t tasks = 2'020, long_ones = 20;
  for (const std::uint64_t order : {0u, 1u, 2u}) {  // first, last, in between
    std::vector<std::int64_t> times(tasks, 300 * us);
    for (std::size_t i = 0; i < long_ones; ++i)
      times[order == 0 ? i : order == 1 ? tasks - 1 - i : i * (tasks / long_ones)] = 1'000 * ms;
    const SimulatedStage stage{.tasks = tasks, .times = TaskTimes(times)};
    for (const std::uint32_t workers : {2u, 4u, 10u})
      EXPECT_LE(static_cast<double>(simulate({.workers = workers}, stage).makespan_ns),
                1.1 * lower_bound_ns(stage, workers))
          << workers << " workers, order " << order;
  }
}

TEST(Simulator, chunks_are_long_enough_for_central_to_keep_up_with_ten_thousand_executors) {
  const SimulatedStage stage{.tasks = 1'000'000, .times = TaskTimes::equal(10 * ms)};
  EXPECT_GE(simulate({.workers = 10'000}, stage).efficiency, 0.9);
}

TEST(Simulator, many_executors_of_a_worker_take_less_of_central_than_as_many_workers) {
  const SimulatedStage stage{.tasks = 100'000, .times = TaskTimes::equal(10 * ms)};
  const SimulatedRun ranks = simulate({.workers = 2'048}, stage);
  const SimulatedRun nodes = simulate({.workers = 32, .executors = 64}, stage);
  EXPECT_LT(nodes.central_ns, ranks.central_ns * 3 / 4);
  EXPECT_GE(nodes.efficiency, 0.98);
}

TEST(Simulator, no_run_beats_its_lower_bounds) {
  const auto times = pareto_times(20'000, 0.05 * ms, 1.2, 200.0 * ms, 3);
  const SimulatedStage stage{.tasks = times.size(), .times = TaskTimes(times), .result_bytes = 100};
  for (const std::uint32_t workers : {1u, 3u, 40u, 500u})
    for (const std::uint32_t executors : {1u, 8u})
      for (const bool spare : {false, true}) {
        const SimulatedRun run = simulate({.workers = workers,
                                           .executors = executors,
                                           .spare_core_for_worker = spare,
                                           .spare_core_for_central = spare},
                                          stage);
        EXPECT_LE(run.efficiency, 1);
        EXPECT_GE(static_cast<double>(run.makespan_ns), lower_bound_ns(stage, workers * executors));
        EXPECT_GE(run.makespan_ns, run.central_ns);
        EXPECT_GE(run.makespan_ns, run.journal_ns);
        EXPECT_GE(run.central_ns, static_cast<std::int64_t>(stage.tasks * 10));
      }
}

TEST(Simulator, more_workers_are_hardly_ever_slower) {
  const auto times = pareto_times(20'000, 0.05 * ms, 1.2, 200.0 * ms, 4);
  const SimulatedStage stage{.tasks = times.size(), .times = TaskTimes(times)};
  std::int64_t before = simulate({.workers = 1}, stage).makespan_ns;
  for (std::uint32_t workers = 2; workers <= 256; workers *= 2) {
    const std::int64_t now = simulate({.workers = workers}, stage).makespan_ns;
    EXPECT_LE(static_cast<double>(now), 1.05 * static_cast<double>(before)) << workers << " workers";
    before = now;
  }
}

TEST(Simulator, whatever_takes_longer_makes_the_run_longer) {
  const SimulatedStage stage{
      .tasks = 20'000, .times = TaskTimes::equal(50 * us), .item_bytes = 100, .result_bytes = 100};
  const std::int64_t plain = simulate({}, stage).makespan_ns;
  const auto slower = [&](double Costs::*cost, double ns) {
    SimulatedCluster cluster;
    cluster.costs.*cost = ns;
    return simulate(cluster, stage).makespan_ns > plain;
  };
  EXPECT_TRUE(slower(&Costs::latency, 1e7));
  EXPECT_TRUE(slower(&Costs::wake, 1e6));
  EXPECT_TRUE(slower(&Costs::central_message, 1e6));
  EXPECT_TRUE(slower(&Costs::central_task, 1e5));
  EXPECT_TRUE(slower(&Costs::central_byte, 1e3));
  EXPECT_TRUE(slower(&Costs::worker_message, 1e5));
  EXPECT_TRUE(slower(&Costs::worker_byte, 1e2));
  EXPECT_TRUE(slower(&Costs::executor_chunk, 1e5));
  EXPECT_TRUE(slower(&Costs::executor_task, 1e3));
  EXPECT_TRUE(slower(&Costs::executor_byte, 1e2));
  EXPECT_TRUE(slower(&Costs::journal_block, 1e7));
  EXPECT_TRUE(slower(&Costs::journal_byte, 1e3));
}

TEST(Simulator, central_without_a_core_of_its_own_takes_its_time_from_the_executors) {
  const SimulatedStage stage{.tasks = 1'000'000, .times = TaskTimes::equal(100)};
  const SimulatedCluster own, none{.spare_core_for_central = false};
  const auto longer =
      static_cast<double>(simulate(none, stage).makespan_ns - simulate(own, stage).makespan_ns);
  const auto central = static_cast<double>(simulate(own, stage).central_ns);
  EXPECT_GT(longer, 0.25 * central);
  EXPECT_LT(longer, 0.75 * central);  // about half: there are two executors
}

TEST(Simulator, few_long_tasks_are_spread_over_all_executors) {
  const SimulatedStage stage{.tasks = 8, .times = TaskTimes::equal(1'000 * ms)};
  EXPECT_LE(simulate({.workers = 8}, stage).makespan_ns, 1'001 * ms);
  EXPECT_LE(simulate({.workers = 1, .executors = 8}, stage).makespan_ns, 1'001 * ms);
}

TEST(Simulator, the_same_input_gives_the_same_run) {
  const auto times = pareto_times(5'000, 0.1 * ms, 1.2, 100.0 * ms, 1);
  const SimulatedStage stage{.tasks = times.size(), .times = TaskTimes(times)};
  const SimulatedRun one = simulate({.workers = 5, .executors = 3}, stage);
  const SimulatedRun two = simulate({.workers = 5, .executors = 3}, stage);
  EXPECT_EQ(one.makespan_ns, two.makespan_ns);
  EXPECT_EQ(one.chunks, two.chunks);
  EXPECT_EQ(one.recalls, two.recalls);
}

TEST(Simulator, a_hundred_thousand_workers_cost_little_more_per_chunk_than_a_hundred) {
  const std::uint32_t workers = sanitized ? 20'000 : 100'000;
  const SimulatedStage stage{.tasks = 5ull * workers, .times = TaskTimes::equal(10 * ms)};
  const SimulatedRun run = simulate({.workers = workers}, stage);
  EXPECT_EQ(run.busy_ns, 5ll * workers * 10 * ms);
}

}  // namespace
}  // namespace mproc::schedule
