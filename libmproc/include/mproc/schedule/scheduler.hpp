#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "mproc/base/ids.hpp"

namespace mproc::schedule {

/// What the scheduler wants done. Chunks are consecutive tasks of one stage, all on the same attempt.
struct Send {
  base::Rank worker;
  base::ChunkId chunk;
  base::StageKey stage;
  base::TaskRange tasks;
  base::Attempt attempt;
};
/// Ask the worker to give back the tasks of the chunk from position `keep` on that it has not started.
/// It answers with taken_back(), granting some, all or none.
struct Recall {
  base::Rank worker;
  base::ChunkId chunk;
  std::uint32_t keep;
};
/// The task's executor died, and its budget is used up: record it as failed. Counts as the task's outcome.
struct FailLost {
  base::StageKey stage;
  std::uint64_t task;
  std::uint32_t attempts;
};
/// Every task of the stage has its outcome, and no more will come.
struct StageDone {
  base::StageKey stage;
};
using Action = std::variant<Send, Recall, FailLost, StageDone>;

/// Which of a task's budgets a death of its executor is charged to.
enum class Budget { retries, lost_retries };

struct StageOptions {
  std::uint32_t retries = 0;       ///< after an exception, timeout or memory kill
  std::uint32_t lost_retries = 2;  ///< after a crash or a lost rank
  std::uint64_t chunk = 0;         ///< pinned tasks per chunk; 0 = automatic
  std::uint64_t longest = 0;       ///< tasks per chunk at most; 0 = no limit of the stage's own
};

/// Those who take chunks.
struct Crew {
  std::uint64_t executors = 1;
  std::uint64_t workers = 1;
};

/// What a worker's executors have to report within so long goes to central together; 0: at once. Messages
/// from all workers then take central a small part of its time.
inline std::int64_t report_pace_ns(std::uint64_t workers, std::uint64_t executors_each) {
  constexpr std::int64_t share_ns = 16'000, least = 100'000;  // less than it takes to wake up for it
  const std::int64_t pace = executors_each > 1 ? static_cast<std::int64_t>(workers) * share_ns : 0;
  return pace < least ? 0 : pace;
}

struct Policy {
  std::int64_t target_chunk_ns = 5'000'000;   ///< duration that a chunk's length is chosen for...
  std::int64_t central_chunk_ns = 2'000;      ///< ...but central, which takes so long for one...
  std::int64_t central_message_ns = 2'000;    ///< ...and so long for a message there and back, must keep up
  std::int64_t credit_ns = 15'000'000;        ///< estimated work ahead per executor...
  std::uint32_t min_chunks_ahead = 2;         ///< ...but at least so many chunks per executor
  std::uint64_t max_bytes_ahead = 32u << 20;  ///< per worker (one chunk per executor is always allowed)
  std::uint64_t max_chunk_bytes = 4u << 20;
  std::uint64_t max_chunk_tasks = 1u << 17;
  std::int64_t min_recall_ns = 500'000;  ///< less queued work than this is not worth asking back

  /// What central takes for a chunk of every executor.
  double round_ns(Crew crew) const {
    return static_cast<double>(crew.executors) * static_cast<double>(central_chunk_ns) +
           static_cast<double>(crew.workers) * static_cast<double>(central_message_ns);
  }
  /// Duration that a chunk's length is chosen for: central serves all executors in half of it. Outcomes are
  /// not reported more often.
  double chunk_ns(Crew crew) const {
    return std::max(static_cast<double>(target_chunk_ns), 2 * round_ns(crew));
  }
};

/// Decides which worker gets which tasks. A pure state machine: events in, actions out; no clock, no I/O, no
/// randomness, so that the real run, tests and simulations share it. Cost of an event: constant or
/// logarithmic in workers and chunks, never linear in tasks.
///
/// Guarantees: every task added gets exactly one final outcome (a done report that is not retried, or
/// FailLost), unless drained; reports for chunks or tasks that were reassigned since are ignored (the return
/// values say so).
class Scheduler {
 public:
  explicit Scheduler(Policy policy = {});
  ~Scheduler();
  Scheduler(Scheduler&&) noexcept;

  // --- stages -------------------------------------------------------------------------------------------
  void open_stage(base::StageKey stage, StageOptions options);
  /// How many tasks the stage will have in the end, where known: sizes chunks in the tail.
  void set_total(base::StageKey stage, std::uint64_t tasks_to_run);
  /// More tasks can be handed out; `bytes`: size of their items altogether. Ranges come in ascending order.
  void add_tasks(base::StageKey stage, base::TaskRange tasks, std::uint64_t bytes);
  /// No more add_tasks will come.
  void close_stage(base::StageKey stage);
  /// Drops what has not been handed out, of one stage or of all; what is out may still report. StageDone is
  /// not given for a drained stage, nor FailLost: what fails or is lost after the drain and has not used up
  /// its budget has no outcome.
  void drain(base::StageKey stage);
  void drain();

  // --- workers ------------------------------------------------------------------------------------------
  /// A worker can take work for `executors` executors. Again with another count when that changes (0 = none
  /// for the time being: nothing is sent, what it holds it keeps).
  void worker_ready(base::Rank worker, std::uint32_t executors);
  /// Everything it held runs elsewhere. Tasks that may have been running are not known here, so no task is
  /// charged unless `running` says which: those use lost-retries.
  void worker_lost(base::Rank worker, const std::vector<std::pair<base::StageKey, std::uint64_t>>& running);

  // --- reports ------------------------------------------------------------------------------------------
  /// Outcomes of consecutive tasks of a chunk arrived. `failed`: positions (relative to tasks.first) of
  /// failures that retries apply to, ascending. `busy_ns`: time spent in them. False: stale, drop the
  /// outcomes. Retried tasks are pending again; the others have their outcome.
  bool tasks_done(base::Rank worker, base::ChunkId chunk, base::TaskRange tasks,
                  const std::vector<std::uint32_t>& failed, std::int64_t busy_ns);
  /// Answer to a Recall: tasks of the chunk that the worker gave back (count 0: none).
  bool taken_back(base::Rank worker, base::ChunkId chunk, base::TaskRange tasks);
  /// An executor died with this chunk: `running` is the task that it died of (charged to `budget`), nullopt
  /// when it died between tasks. Tasks of the chunk without an outcome are pending again.
  bool executor_lost(base::Rank worker, base::ChunkId chunk, std::optional<std::uint64_t> running,
                     Budget budget = Budget::lost_retries);
  /// The task's own attempts after loss so far; 0 for a task never lost.
  std::uint32_t losses(base::StageKey stage, std::uint64_t task) const;

  // --- what comes of it -----------------------------------------------------------------------------------
  /// Actions since the last call, in order.
  std::vector<Action> take_actions();

  // --- looking --------------------------------------------------------------------------------------------
  /// Tasks added and not handed out. Central reads items ahead of it.
  std::uint64_t pending(base::StageKey stage) const;
  /// How many tasks should be pending so that no executor waits: what central reads ahead to.
  std::uint64_t wanted(base::StageKey stage) const;
  /// Tasks handed out without an outcome, of all stages.
  std::uint64_t outstanding() const;
  /// Estimated duration of one task of the stage, ns; 0 before the first report. A stage that is done stays
  /// known (also to losses()) until the next one is opened.
  double task_ns(base::StageKey stage) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mproc::schedule
