#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "mproc/journal/index.hpp"
#include "mproc/journal/status.hpp"
#include "mproc/journal/writer.hpp"
#include "mproc/run/observer.hpp"
#include "mproc/run/plan.hpp"

namespace mproc::run {

/// A run's directory while central writes it: ownership, journal, status.json. Nothing exists on disk before
/// begin().
class Recorder {
 public:
  /// Takes up the plan's run, whose job.json becomes `provenance`, or makes a new run directory. `wake`:
  /// called from the journal's thread. Throws UserError when another mproc did so since the plan was made.
  void begin(const job::Job& job, const Plan& plan, const RunOptions& options, const std::string& provenance,
             std::function<void()> wake);
  bool begun() const { return writer_ != nullptr; }
  const journal::RunDirectory& directory() const { return *directory_; }
  void outcomes(base::StageKey stage, journal::Origin origin, const base::PayloadView& block,
                base::Payload items);
  /// An encoded block of failures that are no outcomes.
  void attempts(base::StageKey stage, journal::Origin origin, base::Bytes block);
  /// Something that happened now, for those who look at the run later; its first line counts. Nothing before
  /// begin(), nor after end().
  void event(const std::string& text);
  void items(const journal::ItemsRecord& record);
  std::size_t backlog() const { return writer_ ? writer_->backlog() : 0; }
  /// Of the disk; empty while all is well.
  std::string error() const { return writer_ ? writer_->error() : std::string(); }
  /// status.json and the owner's heartbeat. Throws SystemError when the run is not ours any more.
  void beat(const Progress& progress, const std::string& state);
  /// The end record, everything on disk, ownership given up; of a run that is not ours any more, the outcomes
  /// alone. Throws SystemError.
  void end(const std::string& state, const Progress& progress);

 private:
  void take_up(const journal::Index& index, const std::string& provenance);
  void start(const job::Job& job, const Plan& plan, const RunOptions& options, const std::string& provenance);
  void keep_ownership();
  void write_status(const Progress& progress, const std::string& state) const;

  std::optional<journal::RunDirectory> directory_;
  std::unique_ptr<journal::Ownership> ownership_;
  std::unique_ptr<journal::Writer> writer_;
  std::int64_t started_ns_ = 0;
};

}  // namespace mproc::run
