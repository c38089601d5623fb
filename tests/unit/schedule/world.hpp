#pragma once

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>
#include <set>
#include <vector>

#include "mproc/schedule/scheduler.hpp"

namespace mproc::schedule {

/// A random session around a Scheduler: input, workers and accidents come as the seed says, and what the
/// Scheduler does is held against a model that knows every task.
class World {
 public:
  struct Chances {
    bool drains = false;
    bool accidents = true;  ///< failures, dying executors and workers
  };
  World(unsigned seed, Chances chances);

  void random_event();
  /// No more accidents: all input comes, a worker is there, everything runs to its end.
  void finish();
  void check_end() const;

 private:
  enum class State : std::uint8_t { pending, out, final };
  struct Task {
    State state = State::pending;
    std::uint32_t failures = 0;
    std::uint32_t losses = 0;
  };
  struct Input {
    StageOptions options;
    std::uint64_t task_bytes = 0;
    std::int64_t task_ns = 1;
    std::uint64_t next = 0;  // first index of the next range
    std::map<std::uint64_t, Task> tasks;
    std::uint64_t finals = 0;
    std::uint64_t out = 0;
    bool closed = false;
    bool drained = false;
    bool done = false;
  };
  struct Held {
    base::StageKey stage;
    std::uint64_t first = 0;
    base::TaskRange left;
    std::uint32_t attempt = 0;
    std::uint64_t task_bytes = 0;
    bool asked = false;
    bool denied = false;
    std::uint32_t keep = 0;
  };
  struct Member {
    std::uint32_t executors = 0;
    std::map<base::ChunkId, Held> chunks;
  };
  std::uint64_t below(std::uint64_t n) {
    return std::uniform_int_distribution<std::uint64_t>(0, n - 1)(random_);
  }
  bool chance(double p) { return std::bernoulli_distribution(p)(random_); }

  Policy random_policy();

  // Events.
  void open();
  void add(Input& input, base::StageKey key);
  void close(Input& input, base::StageKey key);
  void drain();
  void join();
  void report();
  void answer_recall();
  void lose_executor();
  void lose_chunk(const Held& held, std::optional<std::uint64_t> running);
  void lose_worker();
  void stale_reports();
  bool step();  ///< one report or answer, if there is any to give
  Member* any_loaded(base::Rank& rank);

  // What the Scheduler did.
  void absorb();
  void on(const Send& send);
  void on(const Recall& recall);
  void on(const FailLost& failed);
  void on(const StageDone& done);
  void check_credit(const Member& member, const Send& send);
  void check_counts() const;
  void return_tasks(base::StageKey stage, base::TaskRange tasks);
  void set_final(Input& input, Task& task);
  std::uint64_t executors() const;
  std::uint64_t idle() const;
  std::uint64_t pending() const;

  std::mt19937_64 random_;
  Chances chances_;
  Policy policy_;
  Scheduler scheduler_;
  std::map<base::StageKey, Input> inputs_;
  std::map<base::Rank, Member> members_;
  std::set<base::ChunkId> seen_;
  std::set<std::pair<base::StageKey, std::uint64_t>> must_fail_;
  std::uint64_t events_ = 0;
  std::uint32_t opened_ = 0;
};

}  // namespace mproc::schedule
