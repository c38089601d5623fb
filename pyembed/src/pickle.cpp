#include "pickle.hpp"

#include "mproc/base/msgpack.hpp"

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

void Pickler::append(base::Bytes& to, py::handle value) const {
  const py::object bytes = dumps_(value, protocol_);
  const auto size = static_cast<std::size_t>(PyBytes_Size(bytes.ptr()));
  if (size > UINT32_MAX) {
    PyErr_SetString(PyExc_OverflowError, "its pickle exceeds 4 GiB");
    throw py::error_already_set();
  }
  base::BytesSink sink(to);
  msgpack::packer<base::BytesSink>(sink).pack_ext(size, static_cast<std::int8_t>(base::Ext::pickle));
  const std::size_t offset = to.size();
  to.resize(offset + size);
  std::memcpy(to.data() + offset, PyBytes_AS_STRING(bytes.ptr()), size);
}

}  // namespace mproc::pyembed
