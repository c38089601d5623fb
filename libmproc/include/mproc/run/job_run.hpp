#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "mproc/run/central.hpp"
#include "mproc/run/job_stage.hpp"
#include "mproc/run/later_stage.hpp"
#include "mproc/run/walltime.hpp"

namespace mproc::run {

/// One run of a job by central and its workers, from the first hello to the rendered output.
class JobRun : Central::Listener {
 public:
  /// `data`: the job's, loaded. `wake` rings central's own doorbell; it is called from the journal's thread.
  /// Throws UserError for items that cannot be read.
  JobRun(const job::Job& job, const std::vector<LoadedArray>& data, Plan plan, RunOptions options,
         std::unique_ptr<ItemFeed> feed, const Central::Environment& environment, std::function<void()> wake);

  /// Handles all that has come; blocks only at the end, for the last sync of the journal and the output.
  /// False when there was nothing.
  bool step(bool descriptors);
  /// Hands out nothing more; running tasks get the job's grace. `status`: drained or interrupted, which
  /// overrides drained.
  void drain(base::ExitStatus status);
  bool finished() const { return finished_; }
  const RunResult& result() const { return result_; }
  const Central& central() const { return central_; }

 private:
  void on_setup_failed(base::Rank rank, const std::string& host, const base::Failure& failure,
                       std::size_t left) override;
  void on_no_worker(const std::string& why) override;
  void on_event(const std::string& text) override;
  void warn_of_setups();
  void prepare();
  bool can_begin() const;
  void begin();
  void keep_house();
  bool all_stages_done();
  void open_later(LaterStage stage);
  schedule::StageOptions stage_options() const;
  void check_limits();
  void check_failures();
  void check_time(std::int64_t now);
  void finish_drain();
  void finish(const std::string& state, base::ExitStatus status, const std::string& text);
  std::string summary(const Progress& end, const FailureGroups& failures, bool complete, bool rendered,
                      base::ExitStatus status) const;
  void fail(base::ExitStatus status, const std::string& text);
  Progress progress() const;

  const job::Job& job_;
  Plan plan_;
  RunOptions options_;
  std::unique_ptr<ItemFeed> feed_;
  Observer& observer_;
  std::function<void()> wake_;
  Recorder recorder_;
  Tally tally_;
  JobStage stage_;
  /// After the first.
  struct Later {
    base::StageKey key;
    std::unique_ptr<ItemFeed> feed;
    JobStage stage;
  };
  std::vector<std::unique_ptr<Later>> later_;
  Central central_;
  std::string provenance_;
  std::string setup_error_;  // the first of those that came before the run began
  std::vector<std::string> setup_warnings_, early_events_;  // that came before the run began
  std::int64_t started_ns_, last_beat_ns_ = 0;
  std::optional<Walltime> walltime_;
  std::int64_t next_look_ns_ = 0;  // at the walltime
  std::optional<std::int64_t> time_limit_ns_, drain_deadline_;
  base::ExitStatus drain_status_ = base::ExitStatus::drained;
  bool finished_ = false;
  RunResult result_;
};

}  // namespace mproc::run
