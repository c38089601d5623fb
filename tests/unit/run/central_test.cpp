// Central with workers that run C++ kernels, on stages that are not a job's.
#include "mproc/run/central.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "session.hpp"

namespace mproc::run {
namespace {

using testing::Crash;
using ::testing::ElementsAre;
using testing::Raise;
using testing::Ranks;

/// Numbered tasks; counts what becomes of them.
class NumberedStage : public Stage {
 public:
  NumberedStage(base::StageKey key, std::uint64_t tasks) : key_(key), tasks_(tasks) {}
  bool feed(schedule::Scheduler& scheduler) override {
    if (given_ == tasks_) return false;
    given_ = tasks_;
    scheduler.add_tasks(key_, {0, tasks_}, tasks_);
    scheduler.close_stage(key_);
    return true;
  }
  void copy_items(base::TaskRange tasks, base::Bytes& to) const override {
    for (std::uint64_t task = tasks.first; task < tasks.end(); ++task) base::pack_to(to, task);
  }
  void take(Outcomes outcomes) override {
    EXPECT_FALSE(finished) << "an outcome after the last";
    for (std::uint32_t i = 0; i < outcomes.tasks.count; ++i)
      if (!std::ranges::binary_search(outcomes.retried, i)) ++seen[outcomes.tasks.first + i];
    for (const auto& failed : outcomes.failures)
      failures[outcomes.tasks.first + failed.position] = failed.failure;
  }
  void done() override { finished = true; }

  void expect_each_task_once() const {
    EXPECT_TRUE(finished);
    EXPECT_EQ(seen.size(), tasks_);
    for (const auto& [task, times] : seen) EXPECT_EQ(times, 1) << task;
  }

  std::map<std::uint64_t, int> seen;
  std::map<std::uint64_t, base::Failure> failures;
  bool finished = false;

 private:
  base::StageKey key_;
  std::uint64_t tasks_, given_ = 0;
};

struct Ignore : Central::Listener {
  void on_setup_failed(base::Rank rank, const std::string&, const base::Failure&, std::size_t) override {
    setup_failed.push_back(rank);
  }
  void on_no_worker(const std::string& why) override { no_worker = why; }
  std::vector<base::Rank> setup_failed;
  std::string no_worker;
};

TEST(Central, drives_several_maps_and_stages_at_once_each_with_its_own_budgets) {
  Ranks ranks(3, [](std::uint64_t task, std::uint32_t) -> std::uint64_t {
    if (task == 17) throw Raise{"odd one"};
    return task;
  });
  Ignore listener;
  Central central(ranks.environment(), {}, listener);
  central.start();
  std::map<base::StageKey, NumberedStage> stages;
  std::uint64_t tasks = 300;
  for (const std::uint32_t map : {0u, 1u, 5u})
    for (const std::uint32_t stage : {0u, 1u}) {
      const base::StageKey key{base::MapId{map}, base::StageId{stage}};
      stages.emplace(key, NumberedStage(key, tasks += 100));
      central.open(key, {map, 2, 0}, stages.at(key));
    }
  EXPECT_TRUE(ranks.until(central, [&] {
    return std::ranges::all_of(stages, [](const auto& stage) { return stage.second.finished; });
  }));
  for (const auto& [key, stage] : stages) {
    stage.expect_each_task_once();
    ASSERT_EQ(stage.failures.size(), 1u);
    EXPECT_EQ(stage.failures.at(17).attempts, key.map.value + 1) << "retries of map " << key.map.value;
  }
  EXPECT_EQ(central.outstanding(), 0u);
}

TEST(Central, a_stage_that_comes_when_all_is_done_runs_like_the_first) {
  Ranks ranks(2, [](std::uint64_t task, std::uint32_t) { return task; });
  Ignore listener;
  Central central(ranks.environment(), {}, listener);
  central.start();
  for (const std::uint32_t map : {0u, 1u, 2u}) {
    const base::StageKey key{base::MapId{map}, {}};
    NumberedStage stage(key, 50);
    central.open(key, {}, stage);
    EXPECT_TRUE(ranks.until(central, [&] { return stage.finished; }));
    stage.expect_each_task_once();
  }
}

TEST(Central, a_worker_that_died_before_its_hello_was_read_is_lost_at_once) {
  Ranks ranks(2, [](std::uint64_t task, std::uint32_t) { return task; });
  Ignore listener;
  Central central(ranks.environment(), {}, listener);
  ranks.bury(base::Rank{1});
  central.start();
  const base::StageKey key{base::MapId{0}, {}};
  NumberedStage stage(key, 50);
  central.open(key, {}, stage);
  EXPECT_TRUE(ranks.until(central, [&] { return stage.finished; }));
  stage.expect_each_task_once();
  ASSERT_EQ(ranks.notes.warnings.size(), 1u);
  EXPECT_EQ(ranks.notes.warnings[0], "rank 1 on node1 is lost (its process died); its tasks run elsewhere");
}

TEST(Central, a_worker_that_dies_costs_no_stage_its_outcomes) {
  Ranks* here = nullptr;
  bool killed = false;
  Ranks ranks(2, [&](std::uint64_t task, std::uint32_t) -> std::uint64_t {
    if (task == 40 && !std::exchange(killed, true)) here->kill(base::Rank{2});
    if (task == 41) throw Crash{};
    return task;
  });
  here = &ranks;
  Ignore listener;
  Central central(ranks.environment(), {}, listener);
  central.start();
  NumberedStage first({}, 200), second({base::MapId{1}, {}}, 200);
  central.open({}, {}, first);
  central.open({base::MapId{1}, {}}, {}, second);
  EXPECT_TRUE(ranks.until(central, [&] { return first.finished && second.finished; }));
  first.expect_each_task_once();
  second.expect_each_task_once();
  EXPECT_EQ(first.failures.at(41).kind, base::FailureKind::crash);
  EXPECT_EQ(second.failures.at(41).kind, base::FailureKind::crash);
  EXPECT_THAT(central.peers(), ElementsAre(base::Rank{1}));
  EXPECT_TRUE(central.lossy());
  EXPECT_EQ(listener.no_worker, "");
}

TEST(Central, a_task_that_takes_its_rank_with_it_fails_when_its_budget_is_used_up) {
  Ranks ranks(5, [](std::uint64_t task, std::uint32_t) -> std::uint64_t {
    if (task == 40) throw testing::Killed{};
    return task;
  });
  Ignore listener;
  Central central(ranks.environment(), {}, listener);
  central.start();
  NumberedStage stage({}, 300);
  central.open({}, {0, 2, 5}, stage);
  EXPECT_TRUE(ranks.until(central, [&] { return stage.finished; }));
  stage.expect_each_task_once();
  ASSERT_EQ(stage.failures.size(), 1u);
  EXPECT_EQ(stage.failures.at(40).summary(), "its worker rank was lost");
  EXPECT_EQ(stage.failures.at(40).attempts, 3u);
  EXPECT_EQ(central.workers(), 2u);
}

TEST(Central, a_worker_that_lives_but_says_nothing_is_lost) {
  Ranks ranks(1, [](std::uint64_t task, std::uint32_t) { return task; });
  Ignore listener;
  auto environment = ranks.environment();
  environment.silence = std::chrono::milliseconds(500);
  Central central(environment, {}, listener);
  central.start();
  EXPECT_TRUE(ranks.until(central, [&] { return central.executors() == 1; }));
  ranks.hang(base::Rank{1});
  EXPECT_TRUE(ranks.until(central, [&] { return !listener.no_worker.empty(); }));
  EXPECT_THAT(
      ranks.notes.warnings,
      ElementsAre("rank 1 on node1 is lost (nothing heard from it for 0.5 s); its tasks run elsewhere"));
}

TEST(Central, time_in_which_central_itself_stands_still_makes_nobody_silent) {
  Ranks ranks(1, [](std::uint64_t task, std::uint32_t) { return task; });
  Ignore listener;
  auto environment = ranks.environment();
  environment.silence = std::chrono::seconds(1);
  Central central(environment, {}, listener);
  central.start();
  EXPECT_TRUE(ranks.until(central, [&] { return central.executors() == 1; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  central.step(true);
  EXPECT_THAT(ranks.notes.warnings, ::testing::IsEmpty());
  EXPECT_TRUE(ranks.until(central, [&] { return !listener.no_worker.empty(); })) << "later it is";
}

TEST(Central, waits_for_ranks_that_have_not_come_and_is_lossy_without_them) {
  Ranks ranks(2, [](std::uint64_t task, std::uint32_t) { return task; });
  Ignore listener;
  Central central(ranks.environment(), {}, listener);
  EXPECT_THAT(central.peers(), ElementsAre(base::Rank{1}, base::Rank{2}));
  EXPECT_TRUE(central.lossy());
  EXPECT_TRUE(ranks.until(central, [&] { return central.workers() == 2; }));
  EXPECT_FALSE(central.lossy());
  ranks.kill(base::Rank{2});
  EXPECT_TRUE(ranks.until(central, [&] { return central.workers() == 1; }));
  EXPECT_TRUE(central.lossy());
  EXPECT_THAT(central.peers(), ElementsAre(base::Rank{1}));
}

TEST(Central, the_last_worker_has_what_is_left_of_the_executors) {
  Ranks ranks(3, [](std::uint64_t task, std::uint32_t) { return task; });
  Ignore listener;
  auto environment = ranks.environment();
  environment.executors_per_worker = 4;
  environment.executors = 9;
  Central central(environment, {}, listener);
  central.start();
  EXPECT_TRUE(ranks.until(central, [&] { return central.executors() >= 9; }));
  EXPECT_EQ(central.executors(), 9u);
}

TEST(Central, says_so_when_the_last_worker_that_could_run_tasks_dies) {
  Ranks ranks(2, [](std::uint64_t task, std::uint32_t) { return task; }, {{base::Rank{2}, {}}});
  Ignore listener;
  Central central(ranks.environment(), {}, listener);
  central.start();
  EXPECT_TRUE(
      ranks.until(central, [&] { return central.executors() == 1 && !listener.setup_failed.empty(); }));
  EXPECT_THAT(listener.setup_failed, ElementsAre(base::Rank{2}));
  ranks.kill(base::Rank{1});
  EXPECT_TRUE(ranks.until(central, [&] { return !listener.no_worker.empty(); }));
  EXPECT_EQ(listener.no_worker, "no worker rank is left");
}

}  // namespace
}  // namespace mproc::run
