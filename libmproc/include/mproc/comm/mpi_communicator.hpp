#pragma once

#include <mpi.h>

#include <memory>

#include "mproc/base/shared_memory.hpp"
#include "mproc/comm/channel.hpp"
#include "mproc/comm/mpi_channel.hpp"

namespace mproc::comm {

/// The channel over a communicator of a program that has MPI up and goes on with it afterwards. Constructor
/// and close() are collective; what fails in MPI ends the program.
class MpiCommunicator {
 public:
  /// Duplicates the communicator. `bell`: memory of this rank's Doorbell, offered to ranks of the node.
  MpiCommunicator(MPI_Comm communicator, const base::SharedMemory& bell);
  ~MpiCommunicator();
  Channel& channel();
  /// Among those of the communicator that are on this node, in its order.
  NodeRank node_rank() const;
  /// Returns when every rank has called it. What is under way is dropped, and the duplicate freed.
  void close();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mproc::comm
