#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "mproc/schedule/interval_set.hpp"
#include "mproc/schedule/scheduler.hpp"
#include "ranking.hpp"
#include "task_time.hpp"

namespace mproc::schedule {

class Stage;
using StageRanking = Ranking<double, base::StageKey, Stage>;

/// One list of tasks: what is pending, what became of the rest, and how long a chunk should be.
class Stage {
 public:
  Stage(base::StageKey key, StageOptions options) : key_(key), options_(options) {}

  base::StageKey key() const { return key_; }

  // --- input --------------------------------------------------------------------------------------------
  void add(base::TaskRange tasks, std::uint64_t bytes);
  void set_total(std::uint64_t tasks) { total_ = tasks; }
  void close() { closed_ = true; }
  /// Nothing becomes pending any more.
  void drain();
  bool drained() const { return drained_; }
  bool closed() const { return closed_; }
  /// Every task has its outcome and no more will come.
  bool complete() const { return closed_ && !drained_ && finished_ == added_; }

  // --- chunks -------------------------------------------------------------------------------------------
  std::uint64_t pending() const { return ranges_.size() + alone_.size(); }
  std::uint64_t outstanding() const { return outstanding_; }

  struct Next {
    std::uint64_t tasks = 0;
    bool deep = false;  ///< sure enough of its duration to send more than the least number of chunks ahead
  };
  /// What the next chunk will be. Something must be pending.
  Next next(const Policy& policy, Crew crew) const;

  struct Batch {
    base::TaskRange tasks;
    base::Attempt attempt;
    bool alone = false;  ///< a task that failed or was lost before: never with others
  };
  Batch take(std::uint64_t max);
  /// Handed out in vain: pending again.
  void give_back(base::TaskRange tasks, bool alone);
  std::uint64_t wanted(const Policy& policy, Crew crew) const;

  // --- outcomes -----------------------------------------------------------------------------------------
  /// Tasks of one chunk have run; `failed` as in Scheduler::tasks_done.
  void finish(base::TaskRange tasks, const std::vector<std::uint32_t>& failed, base::Attempt attempt,
              bool alone);
  /// An executor died with the task. Its attempts, when that was the last it may have; else it is pending
  /// again.
  std::optional<std::uint32_t> lose(std::uint64_t task, base::Attempt attempt, Budget budget);
  std::uint32_t losses(std::uint64_t task) const;

  // --- estimates ----------------------------------------------------------------------------------------
  /// `chunk_so_far`: tasks reported of the chunk, these included.
  void learn(std::uint64_t tasks, std::int64_t busy_ns, std::uint64_t chunk_so_far, const Policy& policy);
  const TaskTime& time() const { return time_; }
  /// The estimate, or what a task is taken for before the first report.
  double assumed_ns(const Policy& policy) const;
  /// Mean, rounded up.
  std::uint64_t task_bytes() const { return added_ ? (bytes_ + added_ - 1) / added_ : 0; }

  double given_ns = 0;  ///< executor time it got: the stage with least is served next
  StageRanking::Place runnable;
  bool retired = false;

 private:
  struct Past {
    std::uint32_t failures = 0;
    std::uint32_t losses = 0;
  };
  bool alone_is_next() const;
  /// Without regard to the tail.
  std::uint64_t preferred_length(const Policy& policy, Crew crew, std::uint64_t grown) const;
  std::uint64_t shortest_length(const Policy& policy, Crew crew) const;
  std::uint64_t remaining() const;
  bool retry(std::uint64_t task, base::Attempt attempt);

  base::StageKey key_;
  StageOptions options_;
  IntervalSet ranges_;             // pending, never failed or lost
  std::set<std::uint64_t> alone_;  // pending after a failure or a loss
  std::unordered_map<std::uint64_t, Past> past_;
  TaskTime time_;
  std::uint64_t grown_ = 1;  // longest chunk that the reports so far justify
  std::optional<std::uint64_t> total_;
  std::uint64_t added_end_ = 0;
  std::uint64_t added_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t outstanding_ = 0;
  std::uint64_t finished_ = 0;
  bool closed_ = false;
  bool drained_ = false;
};

/// Chunks per executor that may be ahead at most, however short they are.
inline constexpr std::uint64_t max_chunks_ahead = 4096;

}  // namespace mproc::schedule
