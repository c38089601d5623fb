#pragma once

#include "mproc/base/bytes.hpp"
#include "python.hpp"
#include "value_bytes.hpp"

namespace mproc::pyembed {

/// A writable NumPy array of an Ext::ndarray's body: a new one, or, where it is large, a view of `memory`,
/// which the body is in (if given). Throws DecodeError for a damaged one or where NumPy is missing.
py::object decode_array(base::ByteView body, const std::shared_ptr<std::byte>& memory);

/// Appends a NumPy array as Ext::ndarray, little-endian and in C order. False, with nothing appended, for
/// element types that have no neutral form (objects, structures, dates, extended precision) and masked
/// arrays. Throws UserError for more than 4 GiB.
bool encode_array(py::handle array, base::Bytes& to);

/// The same for what usually comes: an array of native numbers that lies in C order, without a look at its
/// attributes. False, with nothing appended, for any other.
bool encode_plain_array(py::handle array, ValueBytes& to);

/// NumPy's types, as far as a program has imported NumPy: results are not NumPy's otherwise. Does not import
/// it.
class NumpyTypes {
 public:
  bool is_array(py::handle object) {
    return available() && PyObject_TypeCheck(object.ptr(), type(ndarray_)) != 0;
  }
  /// An array of no derived class, which might behave in another way.
  bool is_plain_array(py::handle object) { return available() && Py_TYPE(object.ptr()) == type(ndarray_); }
  bool is_scalar(py::handle object) {
    return available() && PyObject_TypeCheck(object.ptr(), type(generic_)) != 0;
  }

 private:
  static PyTypeObject* type(const py::object& t) { return reinterpret_cast<PyTypeObject*>(t.ptr()); }
  bool available();
  py::object ndarray_, generic_;
};

/// The kind letter of a dtype ("f", "U", ...).
char dtype_kind(py::handle array_or_scalar);

}  // namespace mproc::pyembed
