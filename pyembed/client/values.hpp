#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "mproc/base/bytes.hpp"
#include "mproc/base/json.hpp"
#include "mproc/base/outcome.hpp"
#include "mproc/base/value_reader.hpp"
#include "python_abi.hpp"

namespace mproc::client {

/// What the package does for values that the client leaves to Python.
struct Hooks {
  Ref pickle;    ///< pickle(object) -> bytes, or [bytes, buffer...]: NumPy arrays of bytes, out of band
  Ref unpickle;  ///< unpickle(bytes[, buffers]) -> object
  Ref array;     ///< array(dtype, shape, address, owner) -> a NumPy array over that memory
  Ref failure;   ///< failure(kind, type, message, traceback, host, rank, pid, attempts, exception) -> object
  Ref moment;    ///< moment(text) -> a datetime or a date: in what a run has kept
};

/// Values one after the other; elements of large arrays stay where they are.
struct Values {
  base::Bytes bytes;
  std::vector<base::OutsideBytes> outside;
  std::uint64_t outside_bytes = 0;
  bool views = true;    ///< large arrays may stay outside
  bool native = false;  ///< for native kernels: lists and dicts are in neutral form, and there are no pickles
  std::uint64_t size() const { return bytes.size() + outside_bytes; }
};

/// Appends one value: None, bool, int of 64 bits, float, str, bytes and plain arrays in their neutral form,
/// all else as a pickle, or, for native kernels, refused. Throws PythonError. Needs the GIL.
void append_value(Values& to, PyObject* value, const Hooks& hooks);
/// What a bytes object holds. Throws PythonError.
base::ByteView content(PyObject* bytes);
/// Appends a tuple's values as a list.
void append_list(Values& to, PyObject* tuple, const Hooks& hooks);

/// Makes Python objects of the results of a block. Needs the GIL.
class ResultBuilder {
 public:
  using Object = Ref;
  /// `memory` keeps what the results are read from: large arrays are views of it.
  ResultBuilder(const Hooks& hooks, std::shared_ptr<std::byte> memory)
      : hooks_(hooks), memory_(std::move(memory)) {}
  Ref nil() { return Ref::borrowed(Py_None); }
  Ref boolean(bool value) { return Ref::borrowed(value ? Py_True : Py_False); }
  Ref integer(std::int64_t value) { return Ref::checked(PyLong_FromLongLong(value)); }
  Ref natural(std::uint64_t value) { return Ref::checked(PyLong_FromUnsignedLongLong(value)); }
  Ref real(double value) { return Ref::checked(PyFloat_FromDouble(value)); }
  Ref string(std::string_view text) {
    return Ref::checked(
        PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "surrogateescape"));
  }
  Ref binary(std::string_view bytes) {
    return Ref::checked(PyBytes_FromStringAndSize(bytes.data(), static_cast<Py_ssize_t>(bytes.size())));
  }
  template <class Next>
  Ref list(std::size_t size, Next next) {
    Ref list = Ref::checked(PyList_New(static_cast<Py_ssize_t>(size)));
    for (std::size_t i = 0; i < size; ++i)
      PyList_SetItem(list.get(), static_cast<Py_ssize_t>(i), next().release());
    return std::exchange(any_buffers_, false) ? load_with_buffers(list.get()) : std::move(list);
  }
  template <class Next>
  Ref map(std::size_t size, Next next) {
    Ref dict = Ref::checked(PyDict_New());
    for (std::size_t i = 0; i < size; ++i) {
      const Ref key = next(), item = next();
      if (PyDict_SetItem(dict.get(), key.get(), item.get()) != 0) throw PythonError{};
    }
    return dict;
  }
  Ref extension(base::Ext type, base::ByteView body);
  /// Whether a failure was among them.
  bool any_failed() const { return any_failed_; }

 private:
  Ref array(base::ByteView body);
  Ref load_with_buffers(PyObject* parts);
  Ref failure(base::ByteView body);

  const Hooks& hooks_;
  std::shared_ptr<std::byte> memory_;
  bool any_failed_ = false;
  bool any_buffers_ = false;  // in the list that is being read
};

/// A plain value as msgpack. Throws PythonError for any other.
base::Bytes packed(PyObject* value);
/// And back.
Ref unpacked(base::ByteView bytes);
Ref object_of(const base::Json& tree);
Ref bytes_object(base::ByteView bytes);

/// The arguments of Hooks::failure.
Ref failure_tuple(const base::Failure& failure);

}  // namespace mproc::client
