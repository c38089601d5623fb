#include "pickle.hpp"

#include <cstdint>

namespace mproc::pyembed {
namespace {

py::object dumps() {
  try {
    return import_module("cloudpickle").attr("dumps");
  } catch (py::error_already_set&) {  // missing, or broken in this environment
    return import_module("pickle").attr("dumps");
  }
}

}  // namespace

Pickler::Pickler() : dumps_(dumps()), protocol_(py::int_(5)) {}

py::object Pickler::dump(py::handle value) const {
  const py::object bytes = dumps_(value, protocol_);
  if (static_cast<std::size_t>(PyBytes_Size(bytes.ptr())) <= UINT32_MAX) return bytes;
  PyErr_SetString(PyExc_OverflowError, "its pickle exceeds 4 GiB");
  throw py::error_already_set();
}

}  // namespace mproc::pyembed
