#pragma once

#include <string>
#include <utility>
#include <vector>

namespace mproc::job {

/// [slurm]: what a batch job of the run asks Slurm for.
struct Slurm {
  /// Long options of sbatch without their dashes, and their values; none: a flag. As written, in that order.
  std::vector<std::pair<std::string, std::string>> options;
  std::vector<std::string> setup;  ///< shell lines before mproc starts
};

}  // namespace mproc::job
