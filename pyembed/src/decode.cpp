#include "decode.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "mproc/base/error.hpp"
#include "mproc/base/msgpack.hpp"
#include "ndarray.hpp"

namespace mproc::pyembed {
namespace {

using base::DecodeError;
using base::Ext;

constexpr unsigned max_depth = 512;  // as base::unpack_value

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
  const py::str text(iso.data(), iso.size());
  try {
    return import_module("datetime").attr(type).attr("fromisoformat")(text);
  } catch (py::error_already_set& error) {
    if (!error.matches(PyExc_ValueError)) throw;
    return text;
  }
}

}  // namespace

const std::byte* Decoder::take(std::size_t size) {
  if (size > static_cast<std::size_t>(end_ - at_)) throw DecodeError("item cut off");
  const std::byte* from = at_;
  at_ += size;
  return from;
}

template <class T>
T Decoder::big_endian() {
  std::array<std::byte, sizeof(T)> bytes;
  std::memcpy(bytes.data(), take(sizeof(T)), sizeof(T));
  std::reverse(bytes.begin(), bytes.end());
  return std::bit_cast<T>(bytes);
}

py::object Decoder::value(unsigned depth) {
  if (depth > max_depth) throw DecodeError("item nested too deeply");
  const auto tag = static_cast<unsigned>(*take(1));
  if (tag <= 0x7f) return checked(PyLong_FromLong(static_cast<long>(tag)));
  if (tag <= 0x8f) return map(tag & 0x0f, depth);
  if (tag <= 0x9f) return array(tag & 0x0f, depth);
  if (tag <= 0xbf) return string(tag & 0x1f);
  if (tag >= 0xe0) return checked(PyLong_FromLong(static_cast<long>(tag) - 0x100));
  return wide(tag, depth);
}

py::object Decoder::wide(unsigned tag, unsigned depth) {
  const auto binary = [this](std::size_t size) {
    const auto* data = reinterpret_cast<const char*>(take(size));
    return checked(PyBytes_FromStringAndSize(data, static_cast<Py_ssize_t>(size)));
  };
  const auto integer = [](std::int64_t i) { return checked(PyLong_FromLongLong(i)); };
  switch (tag) {
    case 0xc0:
      return py::none();
    case 0xc2:
      return py::bool_(false);
    case 0xc3:
      return py::bool_(true);
    case 0xc4:
      return binary(big_endian<std::uint8_t>());
    case 0xc5:
      return binary(big_endian<std::uint16_t>());
    case 0xc6:
      return binary(big_endian<std::uint32_t>());
    case 0xc7:
      return extension(big_endian<std::uint8_t>());
    case 0xc8:
      return extension(big_endian<std::uint16_t>());
    case 0xc9:
      return extension(big_endian<std::uint32_t>());
    case 0xca:
      return checked(PyFloat_FromDouble(static_cast<double>(big_endian<float>())));
    case 0xcb:
      return checked(PyFloat_FromDouble(big_endian<double>()));
    case 0xcc:
      return integer(big_endian<std::uint8_t>());
    case 0xcd:
      return integer(big_endian<std::uint16_t>());
    case 0xce:
      return integer(big_endian<std::uint32_t>());
    case 0xcf:
      return checked(PyLong_FromUnsignedLongLong(big_endian<std::uint64_t>()));
    case 0xd0:
      return integer(big_endian<std::int8_t>());
    case 0xd1:
      return integer(big_endian<std::int16_t>());
    case 0xd2:
      return integer(big_endian<std::int32_t>());
    case 0xd3:
      return integer(big_endian<std::int64_t>());
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8:
      return extension(std::size_t{1} << (tag - 0xd4));
    case 0xd9:
      return string(big_endian<std::uint8_t>());
    case 0xda:
      return string(big_endian<std::uint16_t>());
    case 0xdb:
      return string(big_endian<std::uint32_t>());
    case 0xdc:
      return array(big_endian<std::uint16_t>(), depth);
    case 0xdd:
      return array(big_endian<std::uint32_t>(), depth);
    case 0xde:
      return map(big_endian<std::uint16_t>(), depth);
    case 0xdf:
      return map(big_endian<std::uint32_t>(), depth);
    default:
      throw DecodeError("item with a byte that msgpack does not know");
  }
}

py::object Decoder::string(std::size_t size) {
  const auto* data = reinterpret_cast<const char*>(take(size));
  // File names need not be UTF-8; this is how Python itself carries them.
  return checked(PyUnicode_DecodeUTF8(data, static_cast<Py_ssize_t>(size), "surrogateescape"));
}

py::object Decoder::array(std::size_t size, unsigned depth) {
  if (size > static_cast<std::size_t>(end_ - at_)) throw DecodeError("item cut off");
  py::list list(size);
  for (std::size_t i = 0; i < size; ++i)
    PyList_SET_ITEM(list.ptr(), static_cast<Py_ssize_t>(i), value(depth + 1).release().ptr());
  return list;
}

py::object Decoder::map(std::size_t size, unsigned depth) {
  py::dict dict;
  for (std::size_t i = 0; i < size; ++i) {
    PyObject* key = value(depth + 1).release().ptr();
    if (PyUnicode_CheckExact(key) != 0)
      PyUnicode_InternInPlace(&key);  // keywords are matched by identity first
    const auto owned = py::reinterpret_steal<py::object>(key);
    const py::object item = value(depth + 1);
    if (PyDict_SetItem(dict.ptr(), key, item.ptr()) != 0) throw py::error_already_set();
  }
  return dict;
}

py::object Decoder::extension(std::size_t size) {
  const auto type = static_cast<Ext>(big_endian<std::int8_t>());
  const base::ByteView body(take(size), size);
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
      throw DecodeError("item is a pickle, which items may not be");
    case Ext::failure:
      break;
  }
  throw DecodeError("item of an extension type that mproc does not know");
}

void Decoder::skip() {
  const base::ByteView rest(at_, static_cast<std::size_t>(end_ - at_));
  at_ += base::skip_value(rest, 0);
}

}  // namespace mproc::pyembed
