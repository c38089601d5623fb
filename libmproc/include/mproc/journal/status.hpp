#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "mproc/journal/run_directory.hpp"

namespace mproc::journal {

/// A run's state at a glance, for those who only look.
struct Status {
  std::string state;                   ///< "running", "draining", or an EndRecord's state
  std::optional<std::uint64_t> total;  ///< tasks, where their number is known
  std::uint64_t succeeded = 0;
  std::uint64_t failed = 0;
  std::uint64_t running = 0;
  std::uint64_t done_before = 0;  ///< tasks that had their outcome when this epoch began
  std::uint32_t ranks = 0;        ///< workers
  std::uint32_t executors = 0;
  std::int64_t started_ns = 0;  ///< wall clock, of this epoch
  std::int64_t updated_ns = 0;  ///< wall clock, of this status
  std::string host;             ///< where central runs
  std::int64_t pid = 0;
  std::string slurm_job;  ///< empty outside Slurm
};

/// Replaces status.json whole: readers see the old or the new one. Throws SystemError.
void write_status(const RunDirectory& run, const Status& status);
/// Nothing when there is none yet, or none that can be read.
std::optional<Status> read_status(const RunDirectory& run);
/// As read_status(), of now: "killed" where a run has no end and nobody writes it any more.
std::optional<Status> present_status(const RunDirectory& run);

}  // namespace mproc::journal
