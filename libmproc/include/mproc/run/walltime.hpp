#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace mproc::run {

/// When a run with a walltime has to stop. Has no clock: all times are given, ns.
class Walltime {
 public:
  /// What central, ranks and launcher take to write what is left and go, at most.
  static constexpr std::chrono::seconds to_leave{2};

  /// `end`: when every process of the run is to be gone.
  Walltime(std::int64_t end, std::chrono::nanoseconds grace)
      : last_(end - std::chrono::nanoseconds(to_leave).count()), grace_(grace.count()) {}

  /// Tasks that run may do so until then.
  std::int64_t last() const { return last_; }
  /// A task that began now, and takes `task`, would not end in time; or running ones would not have their
  /// grace.
  bool is_due(std::int64_t now, std::int64_t task) const { return now + std::max(task, grace_) >= last_; }

 private:
  std::int64_t last_, grace_;
};

}  // namespace mproc::run
