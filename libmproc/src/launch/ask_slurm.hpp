#pragma once

#include "mproc/base/run_program.hpp"

namespace mproc::launch {

/// One of Slurm's commands; the controller of a large cluster may be busy.
inline base::ProgramResult ask_slurm(const std::vector<std::string>& words) {
  constexpr std::chrono::seconds limit{30};
  return base::run_program(words, limit);
}

}  // namespace mproc::launch
