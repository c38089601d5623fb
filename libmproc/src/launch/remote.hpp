#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace mproc::launch {

/// The command by which mpirun gets a shell on another host: what the user has told Open MPI, else an ssh
/// that asks nothing, and notices when the other host is gone.
std::string remote_shell();

/// Open MPI's programs on all hosts are in this folder's bin; empty: they are where a login finds them.
std::filesystem::path open_mpi_prefix();

/// Asks each host for this program and Open MPI. Throws UserError: what is wrong with the first that will not
/// do, and what to do about it.
void check_hosts(const std::vector<std::string>& names);

}  // namespace mproc::launch
