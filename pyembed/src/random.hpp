#pragma once

#include <cstdint>

#include "python.hpp"

namespace mproc::pyembed {

/// Seeds of one task, for generators that take one number. From the map's seed, the stage and the task's
/// index, by SplitMix64 steps (Steele, Lea, Flood 2014):
///   s = mix(mix(mix(seed) ^ stage) ^ index);  python = s;  numpy = mix(s) >> 32
struct TaskSeeds {
  std::uint64_t python;
  std::uint32_t numpy;
};
TaskSeeds task_seeds(std::uint64_t seed, std::uint32_t stage, std::uint64_t index);

/// Sets Python's and, where it is installed, NumPy's global random state. Needs the GIL.
class Seeder {
 public:
  Seeder();
  /// Throws the Python error when a task has replaced random.seed by something that raises.
  void seed(const TaskSeeds& seeds);

 private:
  py::object python_seed_, numpy_seed_;
};

/// New entropy for NumPy's global state after a fork, as Python does for its own: children of one template
/// would otherwise draw the same numbers. Needs the GIL.
void reseed_numpy_after_fork();

}  // namespace mproc::pyembed
