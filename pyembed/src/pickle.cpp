#include "pickle.hpp"

#include <cstdint>
#include <string_view>
#include <utility>

#include "buffer.hpp"
#include "mproc/base/shared_bytes.hpp"

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
    : dumps_(import_module("pickle").attr("dumps")), by_value_(dumps_by_value()), protocol_(py::int_(5)) {
  leave_out_ = py::cpp_function([left_out = left_out_](const py::object& buffer) {  // false: it is left out
    try {
      const auto size = static_cast<std::uint64_t>(Buffer(buffer, PyBUF_ANY_CONTIGUOUS)->len);
      if (size < base::shared_from || size > UINT32_MAX / 2) return true;
    } catch (py::error_already_set&) {
      return true;
    }
    left_out->push_back(buffer);
    return false;
  });
}

py::object Pickler::call(const py::object& dumps, py::handle value, Buffers* buffers) const {
  if (buffers == nullptr) return dumps(value, protocol_);
  left_out_->clear();
  py::object bytes = dumps(value, protocol_, py::arg("buffer_callback") = leave_out_);
  *buffers = std::exchange(*left_out_, {});
  return bytes;
}

py::object Pickler::dump(py::handle value, Buffers* buffers) const {
  py::object bytes;
  try {
    bytes = call(dumps_, value, buffers);
    if (by_value_ && mentions_main(bytes)) bytes = call(by_value_, value, buffers);
  } catch (py::error_already_set&) {
    if (!by_value_) throw;
    bytes = call(by_value_, value, buffers);
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

py::object load_pickle(const py::object& bytes, const py::object& buffers) {
  return import_module("pickle").attr("loads")(bytes, py::arg("buffers") = buffers);
}

}  // namespace mproc::pyembed
