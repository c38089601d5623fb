#pragma once

#include <string>
#include <vector>

#include "mpirun.hpp"

namespace mproc::launch {

/// mpirun, or what takes its place, with its options and what each rank runs. May write a file in `files`.
std::vector<std::string> command_line(const Mpirun::Request& request);

/// Sets what it reads in the environment of this process, which becomes it. Settings of Open MPI that a user
/// has made otherwise stand.
void set_variables(const Mpirun::Request& request);

}  // namespace mproc::launch
