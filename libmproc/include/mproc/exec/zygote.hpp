#pragma once

#include <cstdint>

#include "mproc/base/fd.hpp"
#include "mproc/exec/runtime_set.hpp"

namespace mproc::exec {

/// The small pristine process that a rank forks before MPI_Init, and that makes, reaps and sweeps all
/// processes that run user code. It is a child subreaper in a process group of its own, and has no MPI
/// environment. When the rank dies, it kills the executors and what they started, then itself.
struct Zygote {
  base::Fd socket;  ///< ZygoteMessage
  int pid = -1;
};

enum class ZygoteMessage : std::uint32_t {
  /// To zygote: fork a host; descriptors: its control socket, the doorbell's memory, where its stdout and
  /// stderr go; slot: echoed.
  spawn = 1,
  kill = 2,           ///< to zygote: kill the process group `value`
  ask_for_stack = 3,  ///< to zygote: send the process `value` stack_signal()
  fork_zygote = 4,    ///< to zygote: fork another zygote; descriptor: its socket
  spawned = 16,       ///< from zygote: value = pid or -errno of what it forked, slot as asked
  died = 17,          ///< from zygote: value = pid, slot = wait status
};

/// Call first thing in main, before any thread. Both processes get the CPU mask of mpirun's daemon: mpirun
/// may have bound the rank to one core. Throws SystemError.
Zygote fork_zygote(const PythonFactory& python);

/// Another one at any time, which the first one forks, and ends when it ends itself. Throws SystemError.
Zygote fork_zygote(const Zygote& first);

/// Ends the zygote with all that it has made, and waits for that.
void end_zygote(Zygote& zygote);

/// In a process that is no rank: a task or a script may itself use MPI, and must not believe to be this rank.
void scrub_mpi_environment();

}  // namespace mproc::exec
