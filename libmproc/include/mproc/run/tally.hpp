#pragma once

#include <cstdint>
#include <string>

#include "mproc/base/outcome.hpp"
#include "mproc/job/job.hpp"
#include "mproc/run/failure_groups.hpp"

namespace mproc::run {

/// Counts outcomes, groups failures by what they say, and knows when there are too many.
class Tally {
 public:
  /// `first_session`: nothing of the run was done before.
  explicit Tally(job::FailureLimit limit, bool first_session = true)
      : limit_(limit), first_session_(first_session) {}
  void succeeded(std::uint64_t count) { succeeded_ += count; }
  /// A task's final failure.
  void failed(std::uint64_t task, const base::Failure& failure);

  std::uint64_t succeeded() const { return succeeded_; }
  std::uint64_t failed() const { return failed_; }
  /// Why the run should stop now, as one line; empty while it may go on. `total`: tasks of the run, 0 =
  /// unknown.
  std::string reason_to_stop(std::uint64_t total) const;

 private:
  bool all_alike_from_the_start() const;

  job::FailureLimit limit_;
  bool first_session_;
  std::uint64_t succeeded_ = 0, failed_ = 0;
  FailureGroups groups_;
};

}  // namespace mproc::run
