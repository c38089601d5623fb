#include "module.hpp"

#include <utility>

namespace mproc::pyembed {

py::object register_task_module(std::shared_ptr<const RunningTask> task) {
  const py::object module = checked(PyModule_New("_mproc"));
  const auto current = [task = std::move(task)]() -> py::object {
    if (!task->active) return py::none();
    return py::make_tuple(task->serial, task->stage, task->index, task->seed);
  };
  module.attr("task") =
      py::cpp_function(current, py::name("task"), py::doc("(serial, stage, index, seed), or None"));
  py::reinterpret_borrow<py::dict>(PyImport_GetModuleDict())["_mproc"] = module;
  return module;
}

}  // namespace mproc::pyembed
