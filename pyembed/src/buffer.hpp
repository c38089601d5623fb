#pragma once

#include "python.hpp"

namespace mproc::pyembed {

/// A view of an object's memory, released at the end of the scope. Throws py::error_already_set.
class Buffer {
 public:
  Buffer(py::handle object, int flags) {
    if (PyObject_GetBuffer(object.ptr(), &view_, flags) != 0) throw py::error_already_set();
  }
  ~Buffer() { PyBuffer_Release(&view_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  Py_buffer* operator->() { return &view_; }
  Py_buffer* get() { return &view_; }

 private:
  Py_buffer view_{};
};

}  // namespace mproc::pyembed
