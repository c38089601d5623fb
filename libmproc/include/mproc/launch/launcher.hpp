#pragma once

#include <cstdint>

#include "mproc/run/observer.hpp"
#include "mproc/run/request.hpp"

namespace mproc::launch {

struct LaunchOptions {
  std::uint32_t workers = 1;   ///< worker ranks; central comes on top
  std::uint32_t relaunch = 3;  ///< how often mpirun is started again after a loss
  bool draw_progress = false;  ///< a line on stderr, which is a terminal
  std::uint32_t nodes = 1;     ///< of the allocation, over which workers are spread; central is on this one
};

/// Starts mpirun with this program's hidden `rank` command, in a session and temporary directories of its
/// own; follows central over a control socket; turns SIGINT, SIGTERM, SIGUSR1 and SIGHUP into a drain; ends
/// what hangs, starts again after a loss; and leaves no process and no file behind. Blocks until the run has
/// ended. Notes and warnings go to stderr at once.
run::RunResult launch(run::Request request, const LaunchOptions& options);

/// The nodes of the Slurm allocation whose first node this is; 1 where mpirun may start ranks on this host
/// alone: outside of an allocation, on a login node, and inside of a step of srun's.
std::uint32_t allocated_nodes();

}  // namespace mproc::launch
