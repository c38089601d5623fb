#pragma once

#include <cstdint>
#include <memory>

#include "python.hpp"

namespace mproc::pyembed {

/// The task that runs now, as the `mproc` package sees it through the module `_mproc`.
struct RunningTask {
  bool active = false;
  std::uint64_t serial = 0;  ///< counts tasks of this process: a retry is another one
  std::uint32_t stage = 0;
  std::uint64_t index = 0;
  std::uint64_t seed = 0;
};

/// Registers the module `_mproc` with its function task(): (serial, stage, index, seed), or None outside
/// of tasks. Needs the GIL.
py::object register_task_module(std::shared_ptr<const RunningTask> task);

}  // namespace mproc::pyembed
