#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "mproc/base/bytes.hpp"
#include "mproc/base/value_reader.hpp"
#include "python.hpp"

namespace mproc::pyembed {

/// Makes Python objects of msgpack values; see Decoder.
class ObjectBuilder {
 public:
  using Object = py::object;
  ObjectBuilder(std::shared_ptr<std::byte> memory, bool trusted)
      : memory_(std::move(memory)), trusted_(trusted) {}
  py::object nil() { return py::none(); }
  py::object boolean(bool value) { return py::bool_(value); }
  py::object integer(std::int64_t value) { return checked(PyLong_FromLongLong(value)); }
  py::object natural(std::uint64_t value) { return checked(PyLong_FromUnsignedLongLong(value)); }
  py::object real(double value) { return checked(PyFloat_FromDouble(value)); }
  py::object string(std::string_view text) {
    // File names need not be UTF-8; this is how Python itself carries them.
    return checked(
        PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "surrogateescape"));
  }
  py::object binary(std::string_view bytes) {
    return checked(PyBytes_FromStringAndSize(bytes.data(), static_cast<Py_ssize_t>(bytes.size())));
  }
  template <class Next>
  py::object list(std::size_t size, Next next) {
    py::list list(size);
    for (std::size_t i = 0; i < size; ++i)
      PyList_SET_ITEM(list.ptr(), static_cast<Py_ssize_t>(i), next().release().ptr());
    return std::exchange(any_buffers_, false) ? load_with_buffers(list) : list;
  }
  template <class Next>
  py::object map(std::size_t size, Next next) {
    py::dict dict;
    for (std::size_t i = 0; i < size; ++i) {
      PyObject* key = next().release().ptr();
      if (PyUnicode_CheckExact(key) != 0)
        PyUnicode_InternInPlace(&key);  // keywords are matched by identity first
      const auto owned = py::reinterpret_steal<py::object>(key);
      const py::object item = next();
      if (PyDict_SetItem(dict.ptr(), key, item.ptr()) != 0) throw py::error_already_set();
    }
    return dict;
  }
  py::object extension(base::Ext type, base::ByteView body);

 private:
  static py::object load_with_buffers(const py::list& parts);
  bool any_buffers_ = false;  // of the list that is being read
  std::shared_ptr<std::byte> memory_;
  bool trusted_;
};

/// Turns consecutive msgpack values into Python objects in one pass. Needs the GIL; `bytes` must outlive it.
/// Arrays become lists, maps dicts, Ext::ndarray a writable NumPy array, Ext::datetime a datetime or date.
/// Pickles are loaded where they are `trusted`: in a session, not in what a file holds.
class Decoder {
 public:
  /// `memory`: where `bytes` are, if they may be kept and written to: large arrays are views of it then.
  explicit Decoder(base::ByteView bytes, std::shared_ptr<std::byte> memory = {}, bool trusted = false)
      : reader_(bytes), builder_(std::move(memory), trusted) {}
  /// The next value. Throws DecodeError for damaged bytes and for pickles that are not trusted, and
  /// py::error_already_set for a Python error.
  py::object next() { return reader_.next(builder_); }
  /// Passes over the next value.
  void skip() { reader_.skip(); }

 private:
  base::ValueReader<ObjectBuilder> reader_;
  ObjectBuilder builder_;
};

}  // namespace mproc::pyembed
