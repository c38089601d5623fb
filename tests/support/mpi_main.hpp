#pragma once

#include <gtest/gtest.h>

#include <string>

#include "mproc/base/shared_memory.hpp"
#include "mproc/comm/mpi_channel.hpp"

namespace mproc::testing {

/// This rank of an MPI test program: MPI is up from main()'s start to its end, for all of its tests.
struct MpiRank {
  base::SharedMemory bell_memory = base::SharedMemory::create("test-bell", 4096);
  base::Doorbell& bell = *bell_memory.as<base::Doorbell>();
  comm::MpiSession session{bell_memory};
  comm::Channel& channel = session.channel();
};

/// The rank that main() made.
MpiRank& mpi_rank();

/// Collective: returns when every rank has called it. Tests may be collective: all ranks run all of them.
void wait_for_everyone();

}  // namespace mproc::testing
