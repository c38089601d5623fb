#pragma once

#include <vector>

#include "mproc/base/ids.hpp"
#include "mproc/base/outcome.hpp"
#include "mproc/base/shared_bytes.hpp"
#include "mproc/journal/record.hpp"
#include "mproc/schedule/scheduler.hpp"

namespace mproc::run {

/// A task that failed, by its position in its block.
struct FailedTask {
  std::uint32_t position = 0;
  base::Failure failure;
};

/// Outcomes of consecutive tasks, as they came from an executor.
struct Outcomes {
  journal::Origin origin;
  base::TaskRange tasks;
  base::PayloadView block;             ///< encoded base::OutcomeBlock of these tasks
  std::vector<FailedTask> failures;    ///< final ones, ascending
  std::vector<std::uint32_t> retried;  ///< positions that run again and so have no outcome yet, ascending
};

/// One stage of a map from central's side: where its items come from and where its outcomes go.
class Stage {
 public:
  virtual ~Stage() = default;
  /// Gives the scheduler tasks as far ahead as it wants them, and closes the stage when there are no more.
  /// False when nothing changed. Throws UserError for items that cannot be read.
  virtual bool feed(schedule::Scheduler& scheduler) = 0;
  /// The items of tasks that are about to be sent, one after the other, where they are many bytes; else
  /// empty.
  virtual base::SharedBytes share_items(base::TaskRange) { return {}; }
  /// Appends them, where they are few.
  virtual void copy_items(base::TaskRange tasks, base::Bytes& to) const = 0;
  /// Each task comes once, but for those that are retried.
  virtual void take(Outcomes outcomes) = 0;
  /// The task was lost with what ran it, and runs again.
  virtual void attempt_lost(std::uint64_t /*task*/, const base::Failure& /*cause*/) {}
  /// Every task has its outcome.
  virtual void done() = 0;
};

}  // namespace mproc::run
