#pragma once

#include <cstdint>
#include <vector>

#include "mproc/launch/hosts.hpp"
#include "mproc/launch/slurm.hpp"
#include "mproc/run/observer.hpp"
#include "mproc/run/request.hpp"

namespace mproc::launch {

struct LaunchOptions {
  std::uint32_t workers = 1;   ///< worker ranks where all are on this host; central comes on top
  std::uint32_t relaunch = 3;  ///< how often mpirun is started again after a loss
  bool draw_progress = false;  ///< a line on stderr, which is a terminal
  std::optional<Allocation> allocation = std::nullopt;  ///< over whose nodes workers are spread
  bool is_requeued = false;                ///< what Slurm does with the job where its batch node is lost
  std::vector<std::string> launcher = {};  ///< what starts ranks: see [run] launcher
  std::vector<Host> hosts = {};            ///< with a worker each, started over ssh
};

/// Starts mpirun with this program's hidden `rank` command, in a session and temporary directories of its
/// own; follows central over a control socket; turns SIGINT, SIGTERM, SIGUSR1 and SIGHUP into a drain; ends
/// what hangs, starts again after a loss; and leaves no process and no file behind. Blocks until the run has
/// ended. Notes and warnings go to stderr at once.
run::RunResult launch(run::Request request, const LaunchOptions& options);

}  // namespace mproc::launch
