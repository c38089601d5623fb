#pragma once

#include <functional>

#include "mproc/job/items.hpp"
#include "mproc/run/item_feed.hpp"
#include "mproc/run/item_window.hpp"
#include "mproc/run/plan.hpp"
#include "mproc/run/recorder.hpp"
#include "mproc/run/stage.hpp"
#include "mproc/run/tally.hpp"

namespace mproc::run {

/// A stage of a job's run: items from a feed, but for those that are done or not asked for; outcomes to the
/// run's journal.
class JobStage : public Stage {
 public:
  /// `before`: the journal so far; null for a new run. The rest is the run's, and must outlive the stage.
  /// `on_failures` is called after outcomes with failures are recorded. Throws UserError for --tasks that the
  /// feed does not have.
  JobStage(base::StageKey key, const RunOptions& options, const journal::Index* before, ItemFeed& feed,
           Recorder& recorder, Tally& tally, std::function<void()> on_failures);

  /// Before the run begins: waits for the first item, which signatures are checked against. False when
  /// nothing came.
  bool look_ahead();
  /// Empty before it has come, or where there is none.
  base::ByteView first_item() const;

  bool feed(schedule::Scheduler& scheduler) override;
  base::SharedBytes share_items(base::TaskRange tasks) override { return window_.share(tasks); }
  void copy_items(base::TaskRange tasks, base::Bytes& to) const override { window_.copy(tasks, to); }
  void take(Outcomes outcomes) override;
  void attempt_lost(std::uint64_t task, const base::Failure& cause) override;
  void done() override { done_ = true; }

  bool is_done() const { return done_; }
  /// Items read so far.
  std::uint64_t items() const { return next_item_; }
  /// How many tasks the job has, where known.
  std::optional<std::uint64_t> total() const;
  /// How many tasks this run will do, where known.
  std::optional<std::uint64_t> to_do() const;
  std::uint64_t succeeded_before() const { return before_ ? before_->succeeded(key_) : 0; }
  std::uint64_t failed_before() const;

 private:
  void add_tasks(schedule::Scheduler& scheduler, job::ItemBatch batch);
  void note_items();
  [[noreturn]] void refuse_items() const;
  bool is_todo(std::uint64_t task) const;
  void record_retried(const Outcomes& outcomes);
  void record(const journal::Origin& origin, const base::PayloadView& block, base::TaskRange tasks);

  base::StageKey key_;
  const RunOptions& options_;
  const journal::Index* before_;
  journal::ItemsRecord items_before_;
  ItemFeed& feed_;
  Recorder& recorder_;
  Tally& tally_;
  std::function<void()> on_failures_;
  ItemWindow window_;
  job::ItemBatch ahead_;  // read before the run began
  job::ItemHash hash_;
  std::uint64_t next_item_ = 0;
  std::uint64_t selection_end_;  // tasks from here on are not asked for
  bool items_complete_ = false, closed_ = false, done_ = false;
};

}  // namespace mproc::run
