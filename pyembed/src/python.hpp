#pragma once

#include <pybind11/pybind11.h>

#include <utility>

namespace mproc::pyembed {

namespace py = pybind11;

/// Holds the GIL for a scope. Between the runtime's calls nobody holds it, so threads that tasks left behind
/// run.
class Gil {
 public:
  Gil() : state_(PyGILState_Ensure()) {}
  ~Gil() { PyGILState_Release(state_); }
  Gil(const Gil&) = delete;
  Gil& operator=(const Gil&) = delete;

 private:
  PyGILState_STATE state_;
};

/// Takes over a new reference; throws the pending Python error for null.
inline py::object checked(PyObject* object) {
  if (object == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(object);
}

/// The module `name`, imported. Throws the Python error.
inline py::object import_module(const char* name) {
  return checked(PyImport_ImportModule(name));
}

}  // namespace mproc::pyembed
