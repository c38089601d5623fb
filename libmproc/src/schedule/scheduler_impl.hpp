#pragma once

#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "mproc/schedule/scheduler.hpp"
#include "stage.hpp"
#include "worker_load.hpp"

namespace mproc::schedule {

/// Events change stages and loads and end with settle(), which decides what to send and what to ask back.
class Scheduler::Impl {
 public:
  explicit Impl(Policy policy) : policy_(policy) {}

  void open_stage(base::StageKey key, StageOptions options);
  void set_total(base::StageKey key, std::uint64_t tasks);
  void add_tasks(base::StageKey key, base::TaskRange tasks, std::uint64_t bytes);
  void close_stage(base::StageKey key);
  void drain(base::StageKey key);
  void drain();

  using Running = std::vector<std::pair<base::StageKey, std::uint64_t>>;
  void worker_ready(base::Rank rank, std::uint32_t executors);
  void worker_lost(base::Rank rank, const Running& running);

  bool tasks_done(base::Rank rank, base::ChunkId id, base::TaskRange tasks,
                  const std::vector<std::uint32_t>& failed, std::int64_t busy_ns);
  bool taken_back(base::Rank rank, base::ChunkId id, base::TaskRange tasks);
  bool executor_lost(base::Rank rank, base::ChunkId id, std::optional<std::uint64_t> running, Budget budget);

  std::vector<Action> take_actions() { return std::exchange(actions_, {}); }
  const Stage* find(base::StageKey key) const;
  const Policy& policy() const { return policy_; }
  Crew crew() const { return {executors_, workers_.size()}; }
  std::uint64_t outstanding() const { return outstanding_; }

 private:
  // events.cpp
  struct Held {
    WorkerLoad* worker = nullptr;
    Chunk* chunk = nullptr;
  };
  std::optional<Held> held(base::Rank rank, base::ChunkId id);
  Stage& known(base::StageKey key);
  /// What is left of the chunk becomes pending again, the charged task by way of its budget.
  void return_chunk(Chunk& chunk, std::optional<std::uint64_t> charged, Budget budget);
  void return_tasks(Chunk& chunk, base::TaskRange tasks);
  void charge(Chunk& chunk, std::uint64_t task, Budget budget);
  void end_chunk(WorkerLoad& worker, base::ChunkId id);

  // dispatch.cpp
  void settle();
  void changed(Stage& stage);
  void changed(WorkerLoad& worker);
  void fill();
  void send(WorkerLoad& worker, Stage& stage, std::uint64_t tasks);
  void recall();
  bool recall_one();
  bool worth_recalling(const WorkerLoad& worker) const;
  void forget_retired();

  Policy policy_;
  std::map<base::StageKey, Stage> stages_;
  std::unordered_map<base::Rank, WorkerLoad> workers_;
  StageRanking runnable_;  // with pending tasks
  HungryRanking hungry_;   // can perhaps take more
  VictimRanking victims_;  // with queued work, most first
  std::vector<Action> actions_;
  std::vector<base::StageKey> retired_;
  double served_ns_ = 0;  // given_ns of the stage served last: where a new one begins
  std::uint64_t next_chunk_ = 1;
  std::uint64_t executors_ = 0;
  std::uint64_t idle_ = 0;
  std::uint64_t outstanding_ = 0;
  std::uint64_t recalls_ = 0;  // under way
  std::uint64_t completions_ = 0;
};

}  // namespace mproc::schedule
