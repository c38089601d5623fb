#include "pickle.hpp"

#include <cstdint>
#include <string_view>

namespace mproc::pyembed {
namespace {

/// cloudpickle's dumps(), or null: it is missing, or broken in this environment.
py::object dumps_by_value() {
  try {
    return import_module("cloudpickle").attr("dumps");
  } catch (py::error_already_set&) {
    return {};
  }
}

bool mentions_main(py::handle pickle) {
  const std::string_view bytes(PyBytes_AS_STRING(pickle.ptr()),
                               static_cast<std::size_t>(PyBytes_GET_SIZE(pickle.ptr())));
  return bytes.find("__main__") != std::string_view::npos;
}

}  // namespace

Pickler::Pickler()
    : dumps_(import_module("pickle").attr("dumps")), by_value_(dumps_by_value()), protocol_(py::int_(5)) {}

py::object Pickler::dump(py::handle value) const {
  py::object bytes;
  try {
    bytes = dumps_(value, protocol_);
    if (by_value_ && mentions_main(bytes)) bytes = by_value_(value, protocol_);
  } catch (py::error_already_set&) {
    if (!by_value_) throw;
    bytes = by_value_(value, protocol_);
  }
  if (static_cast<std::size_t>(PyBytes_Size(bytes.ptr())) <= UINT32_MAX) return bytes;
  PyErr_SetString(PyExc_OverflowError, "its pickle exceeds 4 GiB");
  throw py::error_already_set();
}

py::object load_pickle(base::ByteView bytes) {
  const py::object view =
      checked(PyMemoryView_FromMemory(const_cast<char*>(reinterpret_cast<const char*>(bytes.data())),
                                      static_cast<Py_ssize_t>(bytes.size()), PyBUF_READ));
  return import_module("pickle").attr("loads")(view);
}

}  // namespace mproc::pyembed
