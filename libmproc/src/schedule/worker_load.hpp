#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "stage.hpp"

namespace mproc::schedule {

/// A chunk that a worker holds.
struct Chunk {
  enum class Recall : std::uint8_t { none, asked, denied };

  Stage* stage = nullptr;
  std::uint64_t first = 0;  ///< of the tasks as sent: positions count from here
  base::TaskRange left;     ///< neither reported nor given back
  base::Attempt attempt;
  bool alone = false;
  std::uint64_t task_bytes = 0;
  double task_charge_ns = 0;  ///< what the stage was charged per task
  Recall recall = Recall::none;
  std::uint64_t barred = 0;  ///< tasks that cannot be asked for (again) for now
};

/// The worker's place among those that can take more: an idle executor first, then the least work per
/// executor.
struct Appetite {
  bool busy = false;
  double load_ns = 0;
  friend bool operator==(const Appetite&, const Appetite&) = default;
  friend bool operator<(const Appetite& a, const Appetite& b) {
    return a.busy != b.busy ? b.busy : a.load_ns < b.load_ns;
  }
};

class WorkerLoad;
using HungryRanking = Ranking<Appetite, base::Rank, WorkerLoad>;
using VictimRanking = Ranking<double, base::Rank, WorkerLoad>;

/// What one worker holds, and what more it may be given.
class WorkerLoad {
 public:
  using Chunks = std::map<base::ChunkId, Chunk>;  // in the order sent

  explicit WorkerLoad(base::Rank rank) : rank_(rank) {}
  base::Rank rank() const { return rank_; }
  std::uint32_t executors() const { return executors_; }
  void set_executors(std::uint32_t executors) { executors_ = executors; }

  const Chunks& chunks() const { return chunks_; }
  Chunk* find(base::ChunkId id);
  void hold(base::ChunkId id, const Chunk& chunk);
  /// The first or the last `tasks` of what is left of the chunk are no longer held.
  void release_front(Chunk& chunk, std::uint64_t tasks);
  void release_back(Chunk& chunk, std::uint64_t tasks);
  /// Forgets the chunk with what is left of it.
  void drop(base::ChunkId id);

  std::uint64_t idle() const { return executors_ > chunks_.size() ? executors_ - chunks_.size() : 0; }
  Appetite appetite(const Policy& policy) const;
  /// Whether credit allows the stage's next chunk.
  bool allows(const Stage& stage, Stage::Next next, const Policy& policy) const;

  // --- recalls ------------------------------------------------------------------------------------------
  struct Plan {
    base::ChunkId chunk;
    std::uint64_t tasks = 0;  ///< to ask for, from the chunk's end
    std::uint64_t barred = 0;
  };
  /// Which chunk to ask back from, the last sent first, and how much.
  std::optional<Plan> plan_recall(const Policy& policy) const;
  void asked(Chunk& chunk, std::uint64_t barred) { bar(chunk, Chunk::Recall::asked, barred); }
  void answered(base::ChunkId id, Chunk& chunk, bool granted);
  /// The worker said something: chunks that it denied may be asked for again.
  void heard(std::uint64_t completions);
  /// Estimated work that waits behind running tasks and can be asked for; 0: none.
  double queued_ns(const Policy& policy) const;
  bool holds_unknown_times() const;

  std::uint64_t heard_at = 0;  ///< chunks that all workers had completed when it last reported
  std::uint64_t counted_idle = 0;
  HungryRanking::Place hungry;
  VictimRanking::Place victim;

 private:
  std::uint64_t queued_tasks() const;
  double load_ns(const Policy& policy) const;
  void release(Chunk& chunk, std::uint64_t tasks);
  void bar(Chunk& chunk, Chunk::Recall recall, std::uint64_t tasks);

  base::Rank rank_;
  std::uint32_t executors_ = 0;
  Chunks chunks_;
  std::vector<std::pair<const Stage*, std::uint64_t>> tasks_of_;  // by stage: few at a time
  std::vector<base::ChunkId> denied_;
  std::uint64_t tasks_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t barred_ = 0;
};

}  // namespace mproc::schedule
