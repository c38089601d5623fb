#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "mproc/base/error.hpp"

namespace mproc::run {

/// Where a run stands.
struct Progress {
  std::optional<std::uint64_t> total;
  std::uint64_t succeeded = 0, failed = 0, running = 0;
  std::uint64_t done_before = 0;  ///< of these, in earlier sessions
  std::uint32_t workers = 0, executors = 0;
  double seconds = 0;
};

/// Whom central tells what happens: the launcher at the other end of a socket, or this process's own stderr.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void began() = 0;                             ///< there is a run directory now
  virtual void progress(const Progress& progress) = 0;  ///< about once a second
  virtual void ending() = 0;  ///< the journal is closed and the output written: may take a while
  virtual void note(const std::string& text) = 0;
  virtual void warning(const std::string& text) = 0;
};

/// How a run ended, for the process's exit and the user's eyes.
struct RunResult {
  base::ExitStatus status = base::ExitStatus::success;
  std::string text;         ///< lines for stderr: the summary, or what went wrong
  std::string directory;    ///< run directory; empty when none was made
  bool ranks_lost = false;  ///< incomplete for want of ranks: starting them again helps
  bool complete = false;    ///< every task has its outcome
};

}  // namespace mproc::run
