#pragma once

#include "mproc/base/run_program.hpp"

namespace mproc::launch {

/// One of Slurm's commands; the controller of a large cluster may be busy.
inline base::ProgramResult ask_slurm(const std::vector<std::string>& words) {
  constexpr std::chrono::seconds limit{30};
  return base::run_program(words, limit);
}

/// "node[1-3]" is node1, node2, node3.
std::vector<std::string> node_names(const std::string& list);

/// srun of one process on a node of the job, whatever runs there already.
std::vector<std::string> in_step(const std::string& job, const std::string& node);

}  // namespace mproc::launch
