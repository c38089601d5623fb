#pragma once

#include <memory>
#include <string>

#include "mproc/base/shared_memory.hpp"
#include "mproc/comm/channel.hpp"

namespace mproc::comm {

/// MPI for the life of the process, and the channel over it. MPI is initialised by the constructor and
/// finalised by finalize() alone, never while unwinding: with a lost rank it would wait for ever.
class MpiSession {
 public:
  /// Throws SystemError when MPI cannot start. `bell`: memory of this rank's Doorbell, offered to ranks of
  /// the node.
  explicit MpiSession(const base::SharedMemory& bell);
  ~MpiSession();
  Channel& channel();
  /// Waits for the other ranks to finalise too. Not after a loss: leave by _exit then.
  void finalize();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Which of the ranks of its node a rank is.
struct NodeRank {
  int rank = 0;
  int size = 1;
};

/// Whether mpirun or srun started this process as one of several ranks, and which; from the environment,
/// before MPI_Init.
struct LaunchedAs {
  bool by_mpi =
      false;  ///< else ranks do not know of each other: srun without PMIx has started `size` of them
  int rank = 0;
  int size = 1;
  NodeRank node;
};
LaunchedAs launched_as();

}  // namespace mproc::comm
