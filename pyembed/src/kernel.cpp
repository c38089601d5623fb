#include "kernel.hpp"

#include <fmt/format.h>

#include "failure.hpp"
#include "mproc/base/error.hpp"

namespace mproc::pyembed {
namespace {

bool is_immutable(py::handle value) {
  PyObject* v = value.ptr();
  return v == Py_None || PyLong_Check(v) != 0 || PyFloat_Check(v) != 0 || PyUnicode_Check(v) != 0 ||
         PyBytes_Check(v) != 0 || PyComplex_Check(v) != 0;
}

py::dict decode_constants(const std::string& args) {
  if (args.empty()) return {};
  py::object value = Decoder(base::view(args)).next();
  if (!is_named(value)) throw base::DecodeError("args are no map with names");
  return value;
}

}  // namespace

bool is_named(py::handle item) {
  if (PyDict_Check(item.ptr()) == 0) return false;
  Py_ssize_t position = 0;
  PyObject *key = nullptr, *value = nullptr;
  while (PyDict_Next(item.ptr(), &position, &key, &value) != 0)
    if (PyUnicode_Check(key) == 0) return false;
  return true;
}

Kernel::Kernel(py::object function, const job::MapSpec& spec)
    : function_(std::move(function)),
      mode_(static_cast<job::Call>(spec.call)),
      args_(spec.args),
      constants_(decode_constants(spec.args)) {
  for (const auto& [name, value] : constants_) shared_ = shared_ && is_immutable(value);
}

py::dict Kernel::constants() const {
  return shared_ ? constants_ : decode_constants(args_);
}

py::dict Kernel::merged(py::handle item) const {
  if (constants_.empty()) return py::reinterpret_borrow<py::dict>(item);
  for (const auto& [name, value] : constants_)
    if (PyDict_Contains(item.ptr(), name.ptr()) != 0)
      throw ItemMisfit{fmt::format("both the item and args give '{}'; rename one of them", utf8(name))};
  py::object all = checked(PyDict_Copy(item.ptr()));
  if (PyDict_Update(all.ptr(), constants().ptr()) != 0) throw py::error_already_set();
  return all;
}

Kernel::Arguments Kernel::of_call(py::handle item) const {
  if (PyList_Check(item.ptr()) != 0) return {py::reinterpret_borrow<py::list>(item), constants()};
  if (PyTuple_Check(item.ptr()) == 0 || PyTuple_GET_SIZE(item.ptr()) != 2)
    throw ItemMisfit{fmt::format("the arguments of a call are of type '{}'", type_name_of(item))};
  const auto pair = py::reinterpret_borrow<py::tuple>(item);
  return {py::list(pair[0]), merged(pair[1])};
}

Kernel::Arguments Kernel::arguments(py::handle item) const {
  Arguments out;
  if (mode_ == job::Call::arguments) return of_call(item);
  const bool named = is_named(item);
  if (mode_ == job::Call::kwargs && !named)
    throw ItemMisfit{fmt::format("call = \"kwargs\" needs items with names, and this one is of type '{}'",
                                 type_name_of(item))};
  if (mode_ == job::Call::star && PyList_Check(item.ptr()) == 0)
    throw ItemMisfit{fmt::format("call = \"star\" needs items that are lists, and this one is of type '{}'",
                                 type_name_of(item))};
  if (named && (mode_ == job::Call::kwargs || mode_ == job::Call::automatic)) {
    out.keywords = merged(item);
    return out;
  }
  out.keywords = constants();
  if (mode_ == job::Call::star)
    out.positional = py::reinterpret_borrow<py::list>(item);
  else
    out.positional.append(item);
  return out;
}

bool Kernel::takes_item_whole(py::handle item) const {
  return mode_ == job::Call::item || (mode_ == job::Call::automatic && PyDict_Check(item.ptr()) == 0);
}

py::object Kernel::call(py::handle item) const {
  if (takes_item_whole(item)) {                     // no tuple and no dict is made for the usual call
    PyObject* arguments[] = {nullptr, item.ptr()};  // the callee may write to the first one
    constexpr std::size_t one = 1 | PY_VECTORCALL_ARGUMENTS_OFFSET;
    if (args_.empty())
      return py::reinterpret_steal<py::object>(
          PyObject_Vectorcall(function_.ptr(), arguments + 1, one, nullptr));
    return py::reinterpret_steal<py::object>(
        PyObject_VectorcallDict(function_.ptr(), arguments + 1, one, constants().ptr()));
  }
  const Arguments arguments = this->arguments(item);
  const py::tuple positional(arguments.positional);
  return py::reinterpret_steal<py::object>(
      PyObject_Call(function_.ptr(), positional.ptr(), arguments.keywords.ptr()));
}

}  // namespace mproc::pyembed
