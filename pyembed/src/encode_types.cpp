#include <array>

#include "encode.hpp"
#include "failure.hpp"
#include "mproc/base/msgpack.hpp"
#include "mproc/job/encode.hpp"

namespace mproc::pyembed {

using base::Ext;
using Packer = msgpack::packer<base::BytesSink>;

// What is neither None, a plain number, a string nor a container.
void Encoder::pack_other(py::handle value, unsigned depth) {
  if (numpy_.is_plain_array(value) && encode_plain_array(value, to_)) return;
  base::BytesSink sink(to_.bytes());
  PyObject* object = value.ptr();
  if (PyBytes_Check(object) != 0 || PyByteArray_Check(object) != 0) {
    if (!rules_.bytes || PyBytes_Check(object) == 0) misfit(value, depth);
    return pack_bytes(value);
  }
  if (PyFloat_Check(object) != 0) return job::append_double(to_.bytes(), PyFloat_AS_DOUBLE(object)), void();
  if (PyLong_Check(object) != 0) return pack_integer(value);
  if (PyComplex_Check(object) != 0) {
    const std::array<double, 2> parts{PyComplex_RealAsDouble(object), PyComplex_ImagAsDouble(object)};
    return pack_extension(Ext::complex, parts.data(), sizeof parts);
  }
  if (numpy_.is_array(value)) {
    if (!encode_array(value, to_.bytes())) misfit(value, depth);
    return;
  }
  if (numpy_.is_scalar(value)) return pack_numpy_scalar(value, depth);
  if (!rules_.structure || !pack_moment(value)) misfit(value, depth);
}

bool Encoder::pack_moment(py::handle value) {
  if (!py::isinstance(value, date_type_)) return false;  // a datetime is a date
  const std::string iso = utf8(value.attr("isoformat")());
  base::BytesSink sink(to_.bytes());
  if (iso == "NaT")  // pandas' missing date
    Packer(sink).pack_nil();
  else
    pack_extension(Ext::datetime, iso);
  return true;
}

void Encoder::pack_numpy_scalar(py::handle value, unsigned depth) {
  const char kind = dtype_kind(value);
  if (kind == 'M' && rules_.structure) {
    const std::string iso = safe_str(value);  // item() would give an integer for nanoseconds
    base::BytesSink sink(to_.bytes());
    return iso == "NaT" ? Packer(sink).pack_nil(), void() : pack_extension(Ext::datetime, iso);
  }
  if (std::string_view("biufc").find(kind) == std::string_view::npos) misfit(value, depth);
  const py::object plain = value.attr("item")();
  if (numpy_.is_scalar(plain)) misfit(value, depth);  // extended precision has no Python type
  pack(plain, depth);
}

void Encoder::pack_extension(Ext type, const void* data, std::size_t size) {
  base::BytesSink sink(to_.bytes());
  Packer(sink).pack_ext(size, static_cast<std::int8_t>(type));
  base::append(to_.bytes(), data, size);
}

}  // namespace mproc::pyembed
