#pragma once

#include <algorithm>
#include <new>
#include <vector>

#include "mproc/base/error.hpp"
#include "python_abi.hpp"

namespace mproc::client {

/// Turns what a call throws into a Python error: ValueError for a user's mistake, `other` for the rest.
template <class Call>
PyObject* guarded(PyObject* other, Call call) {
  try {
    return call().release();
  } catch (const PythonError&) {
  } catch (const base::UserError& error) {
    PyErr_SetString(PyExc_ValueError, error.what());
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
  } catch (const std::exception& error) {
    PyErr_SetString(other, error.what());
  }
  return nullptr;
}

inline Ref none() {
  return Ref::borrowed(Py_None);
}

template <class... Targets>
void parse(PyObject* args, const char* format, Targets... targets) {
  if (PyArg_ParseTuple(args, format, targets...) == 0) throw PythonError{};
}

/// Without the GIL.
template <class Call>
auto unlocked(Call call) {
  const Unlocked unlocked;
  return call();
}

template <class Function>
void* slot(Function function) {
  return reinterpret_cast<void*>(function);
}

inline Ref make_type(const char* name, std::size_t size, std::vector<PyType_Slot> slots) {
  slots.push_back({});
  PyType_Spec spec{name, static_cast<int>(size), 0, Py_TPFLAGS_DEFAULT, slots.data()};
  return Ref::checked(PyType_FromSpec(&spec));
}

inline void append(const Ref& list, const Ref& object) {
  if (PyList_Append(list.get(), object.get()) != 0) throw PythonError{};
}

/// A new object of the type, its fields all zero.
inline Ref allocate(PyTypeObject* type) {
  const auto call = reinterpret_cast<allocfunc>(PyType_GetSlot(type, Py_tp_alloc));
  return Ref::checked(call(type, 0));
}

inline void release(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  reinterpret_cast<freefunc>(PyType_GetSlot(type, Py_tp_free))(self);
  Py_DECREF(type);
}

/// Adds the types of run_module.cpp to the module.
void add_run_types(PyObject* module);
/// Adds the functions of fresh_module.cpp to the module.
void add_fresh_functions(PyObject* module);
/// Adds the type of crossval_module.cpp to the module.
void add_crossval_type(PyObject* module);

}  // namespace mproc::client
