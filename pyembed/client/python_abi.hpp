#pragma once

// The stable ABI of Python 3.9: one library serves every Python from there on.
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x03090000
#include <Python.h>

#include <utility>

// In the headers of the stable ABI from 3.10 on; in every Python since 3.3.
extern "C" const char* PyUnicode_AsUTF8AndSize(PyObject* text, Py_ssize_t* size);

namespace mproc::client {

/// A Python error is pending.
struct PythonError {};

[[noreturn]] inline void refuse(PyObject* type, const char* why) {
  PyErr_SetString(type, why);
  throw PythonError{};
}

/// Owns one reference. Needs the GIL.
class Ref {
 public:
  Ref() = default;
  /// Takes a new reference over; throws PythonError for null.
  static Ref checked(PyObject* object) {
    if (object == nullptr) throw PythonError{};
    return Ref(object);
  }
  static Ref borrowed(PyObject* object) {
    Py_XINCREF(object);
    return Ref(object);
  }
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Ref& operator=(Ref&& other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  Ref(const Ref& other) : object_(other.object_) { Py_XINCREF(object_); }
  Ref& operator=(const Ref& other) {
    if (this != &other) *this = Ref(other);
    return *this;
  }
  ~Ref() { Py_XDECREF(object_); }
  PyObject* get() const { return object_; }
  PyObject* release() { return std::exchange(object_, nullptr); }
  explicit operator bool() const { return object_ != nullptr; }

 private:
  explicit Ref(PyObject* object) : object_(object) {}
  PyObject* object_ = nullptr;
};

/// Without the GIL for a scope.
class Unlocked {
 public:
  Unlocked() : state_(PyEval_SaveThread()) {}
  ~Unlocked() { PyEval_RestoreThread(state_); }
  Unlocked(const Unlocked&) = delete;
  Unlocked& operator=(const Unlocked&) = delete;

 private:
  PyThreadState* state_;
};

}  // namespace mproc::client
