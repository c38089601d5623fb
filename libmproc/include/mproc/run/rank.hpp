#pragma once

#include <functional>
#include <optional>
#include <string>

#include "mproc/exec/zygote.hpp"
#include "mproc/run/observer.hpp"
#include "mproc/run/request.hpp"
#include "mproc/run/script.hpp"

namespace mproc::run {

/// One rank of a run under mpirun or srun, from MPI_Init to the process's end: central when it is rank 0,
/// else a worker.
struct RankSetup {
  exec::Zygote zygote;                             ///< forked first thing in main
  std::function<Request()> request;                ///< what to run: called by central alone
  std::string control;                             ///< the launcher's socket; empty: there is none
  std::function<void(const RunResult&)> conclude;  ///< without a launcher: central shows its result
  bool quiet = false;                              ///< without a launcher: central's notes are left out
  std::optional<Script> script = std::nullopt;     ///< of central: the driver, in the place of a request
};

/// Returns the process's exit status, or does not return at all after a rank was lost.
int run_rank(RankSetup setup);

/// The whole run in this process, one executor, no MPI. Notes go to `observer`; the result's text does not.
RunResult run_inline(const Request& request, const exec::PythonFactory& python, Observer& observer);

}  // namespace mproc::run
