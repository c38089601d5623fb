#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "mproc/schedule/scheduler.hpp"
#include "times.hpp"

namespace mproc::schedule {

inline constexpr base::StageKey stage_a{{1}, {0}};
inline constexpr base::StageKey stage_b{{2}, {0}};

/// A scheduler with the actions it gave, sorted by kind.
struct Desk {
  explicit Desk(Policy policy = {}) : scheduler(policy) {}

  void open(base::StageKey stage, std::uint64_t tasks, StageOptions options = {}, std::uint64_t bytes = 0) {
    scheduler.open_stage(stage, options);
    scheduler.set_total(stage, tasks);
    scheduler.add_tasks(stage, {0, tasks}, bytes);
    scheduler.close_stage(stage);
    take();
  }
  void ready(std::int32_t rank, std::uint32_t executors = 1) {
    scheduler.worker_ready({rank}, executors);
    take();
  }
  /// The whole chunk is reported, each task with the given duration.
  void complete(const Send& send, std::int64_t task_ns, const std::vector<std::uint32_t>& failed = {}) {
    const auto busy = task_ns * static_cast<std::int64_t>(send.tasks.count);
    ASSERT_TRUE(scheduler.tasks_done(send.worker, send.chunk, send.tasks, failed, busy));
    take();
  }
  void take() {
    fresh.clear();
    for (const Action& action : scheduler.take_actions()) {
      if (const auto* a = std::get_if<Send>(&action)) fresh.push_back(*a);
      if (const auto* a = std::get_if<Recall>(&action)) recalls.push_back(*a);
      if (const auto* a = std::get_if<FailLost>(&action)) failed_lost.push_back(*a);
      if (const auto* a = std::get_if<StageDone>(&action)) done.push_back(a->stage);
    }
    sends.insert(sends.end(), fresh.begin(), fresh.end());
  }
  std::vector<Send> sent_to(std::int32_t rank) const {
    std::vector<Send> of;
    std::copy_if(sends.begin(), sends.end(), std::back_inserter(of),
                 [&](auto& sent) { return sent.worker.value == rank; });
    return of;
  }
  /// Lets `stage`'s task time become known and all chunks end; every chunk sent on the way takes `task_ns` a
  /// task.
  void run_all(std::int64_t task_ns) {
    for (; next_to_run < sends.size(); ++next_to_run) {
      const Send send = sends[next_to_run];
      complete(send, task_ns);
    }
  }

  Scheduler scheduler;
  std::vector<Send> sends;  ///< all
  std::vector<Send> fresh;  ///< of the last event
  std::vector<Recall> recalls;
  std::vector<FailLost> failed_lost;
  std::vector<base::StageKey> done;
  std::size_t next_to_run = 0;
};

}  // namespace mproc::schedule
