#pragma once

#include <csignal>
#include <optional>

#include "mproc/base/doorbell.hpp"
#include "mproc/base/error.hpp"

namespace mproc::run {

/// While it lives, SIGINT and SIGTERM become a note that the main loop reads, and ring its doorbell; a second
/// SIGINT ends the process. One at a time.
class CaughtSignals {
 public:
  explicit CaughtSignals(base::Doorbell& bell);
  ~CaughtSignals();
  CaughtSignals(const CaughtSignals&) = delete;
  CaughtSignals& operator=(const CaughtSignals&) = delete;
  /// How the last signal since the last call asks the run to end: drained or interrupted.
  std::optional<base::ExitStatus> take();

 private:
  struct sigaction interrupt_before_ {
  }, terminate_before_{};
};

/// A worker leaves when central says so, not when mpirun forwards a signal to everyone.
void ignore_signals();

}  // namespace mproc::run
