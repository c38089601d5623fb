#include "decode.hpp"

#include <array>

#include "mproc/base/error.hpp"
#include "mproc/base/msgpack.hpp"
#include "ndarray.hpp"
#include "pickle.hpp"

namespace mproc::pyembed {
namespace {

using base::DecodeError;
using base::Ext;

py::object big_integer(std::string_view digits) {
  return checked(PyLong_FromString(std::string(digits).c_str(), nullptr, 10));
}

py::object complex_number(base::ByteView body) {
  std::array<double, 2> parts{};
  if (body.size() != sizeof parts) throw DecodeError("a complex number of another size than 16 bytes");
  std::memcpy(parts.data(), body.data(), sizeof parts);
  return checked(PyComplex_FromDoubles(parts[0], parts[1]));
}

/// A datetime or a date; the text itself where Python cannot read it.
py::object moment(std::string_view iso) {
  const char* type = iso.size() > 10 ? "datetime" : "date";
  py::str text(iso.data(), iso.size());
  try {
    return import_module("datetime").attr(type).attr("fromisoformat")(text);
  } catch (py::error_already_set& error) {
    if (!error.matches(PyExc_ValueError)) throw;
    return text;
  }
}

}  // namespace

py::object ObjectBuilder::extension(Ext type, base::ByteView body) {
  switch (type) {
    case Ext::ndarray:
      return decode_array(body, memory_);
    case Ext::bigint:
      return big_integer(base::text(body));
    case Ext::complex:
      return complex_number(body);
    case Ext::datetime:
      return moment(base::text(body));
    case Ext::pickle:
      if (!trusted_) throw DecodeError("item is a pickle, which items may not be");
      return load_pickle(body);
    case Ext::buffers:
      if (!trusted_) break;
      any_buffers_ = true;
      return py::none();
    case Ext::failure:
      break;
  }
  throw DecodeError("item of an extension type that mproc does not know");
}

py::object ObjectBuilder::load_with_buffers(const py::list& parts) {
  if (parts.size() < 2) throw DecodeError("a pickle with buffers, and no pickle");
  return load_pickle(py::object(parts[1]), parts[py::slice(2, static_cast<py::ssize_t>(parts.size()), 1)]);
}

}  // namespace mproc::pyembed
