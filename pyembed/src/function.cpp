#include "function.hpp"

#include <fmt/format.h>

#include "failure.hpp"
#include "pickle.hpp"

namespace mproc::pyembed {
namespace {

using base::Failure;
using base::FailureKind;
using Resolved = std::variant<py::object, Failure>;

std::string own_version() {
  return fmt::format("{}.{}", PY_MAJOR_VERSION, PY_MINOR_VERSION);
}

Failure lookup(std::string message) {
  return {.kind = FailureKind::lookup, .message = std::move(message)};
}

/// " (did you mean 'scale'?)" or empty, from the callables that a module or namespace holds.
std::string suggestion(const std::string& name, const py::dict& names) {
  py::list callables;
  for (const auto& [key, value] : names)
    if (PyCallable_Check(value.ptr()) != 0 && PyUnicode_Check(key.ptr()) != 0) callables.append(key);
  const py::list near = import_module("difflib").attr("get_close_matches")(name, callables, 1);
  return near.empty() ? std::string() : fmt::format(" (did you mean '{}'?)", utf8(near[0]));
}

py::object attribute(py::handle object, const std::string& name) {
  PyObject* found = PyObject_GetAttrString(object.ptr(), name.c_str());
  if (found == nullptr && PyErr_ExceptionMatches(PyExc_AttributeError) == 0) throw py::error_already_set();
  PyErr_Clear();
  return py::reinterpret_steal<py::object>(found);
}

/// What the dotted `path` means inside of `object`; null when it has no such attribute.
py::object descend(py::object object, std::string path) {
  while (object && !path.empty()) {
    const auto dot = path.find('.');
    object = attribute(object, path.substr(0, dot));
    path = dot == std::string::npos ? std::string() : path.substr(dot + 1);
  }
  return object;
}

/// Whether the pending import failed because `module` itself, or a package on the way to it, is not there.
bool is_missing(py::error_already_set& error, const std::string& module) {
  if (!error.matches(PyExc_ModuleNotFoundError)) return false;
  const std::string missing = safe_str(error.value().attr("name"));
  return module == missing || module.rfind(missing + ".", 0) == 0;
}

std::string searched() {
  std::string out;
  for (const py::handle entry : py::reinterpret_borrow<py::list>(PySys_GetObject("path")))
    out += (out.empty() ? "" : ", ") + safe_str(entry);
  return out;
}

Failure import_failure(const std::string& module, py::error_already_set& error) {
  const bool missing = is_missing(error, module);
  Failure failure = take_failure(FailureKind::lookup, error);
  failure.message = missing
                        ? fmt::format(
                              "there is no module '{}' for {}; put {}.py beside the job file or install it "
                              "(searched: {})",
                              module, safe_str(py::handle(PySys_GetObject("executable"))),
                              module.substr(0, module.find('.')), searched())
                        : fmt::format("importing '{}' failed: {}", module, failure.message);
  return failure;
}

Failure not_in_module(const std::string& name, const std::string& module, py::handle object) {
  const py::object file = attribute(object, "__file__");
  const std::string place = file && !file.is_none() ? fmt::format(" ({})", safe_str(file)) : std::string();
  const auto names = py::reinterpret_borrow<py::dict>(PyModule_GetDict(object.ptr()));
  return lookup(
      fmt::format("module '{}'{} has no function '{}'{}", module, place, name, suggestion(name, names)));
}

Resolved from_module(const std::string& module, const std::string& name) {
  py::object object;
  try {
    object = import_module(module.c_str());
  } catch (py::error_already_set& error) {
    return import_failure(module, error);
  }
  py::object function = descend(object, name);
  if (!function && PyModule_Check(object.ptr()) == 0)
    return lookup(fmt::format("'{}' has no function '{}'", module, name));
  if (!function) return not_in_module(name, module, object);
  return function;
}

Resolved from_namespace(const std::string& name, const py::dict& globals) {
  const auto dot = name.find('.');
  const py::str first(name.substr(0, dot));
  const std::string rest = dot == std::string::npos ? std::string() : name.substr(dot + 1);
  const auto builtins = py::reinterpret_borrow<py::dict>(PyEval_GetBuiltins());
  for (const py::dict& scope : {globals, builtins})
    if (scope.contains(first))
      if (py::object function = descend(scope[first], rest)) return function;
  return lookup(fmt::format(
      R"(the executors have no function '{}'; define it in [init] code or files, or write "module:function"{})",
      name, suggestion(name, globals)));
}

Resolved find(const std::string& name, const py::dict& globals) {
  const auto colon = name.find(':');
  if (colon == std::string::npos) return from_namespace(name, globals);
  const std::string module = name.substr(0, colon), function = name.substr(colon + 1);
  if (module.empty() || function.empty())
    return lookup(fmt::format(R"('{}' is no function; write "module:function")", name));
  return from_module(module, function);
}

/// What a driver has sent.
Resolved unpickled(const job::MapSpec& spec) {
  if (!spec.python.empty() && spec.python != own_version())
    return lookup(fmt::format(
        "function '{}' was sent by Python {} to executors that run Python {}: functions travel by value only "
        R"(between equal versions; name it as "module:function", define it with mproc.init(), or use Python {})",
        spec.function, spec.python, own_version(), own_version()));
  try {
    return load_pickle(base::view(spec.pickled));
  } catch (py::error_already_set& error) {
    Failure failure = take_failure(FailureKind::lookup, error);
    failure.message = fmt::format("function '{}' cannot be loaded by the executors: {}: {}", spec.function,
                                  failure.type, failure.message);
    return failure;
  }
}

[[noreturn]] void raise_lookup(const Failure& failure) {
  const py::object error = py::reinterpret_borrow<py::object>(PyExc_LookupError)(failure.message);
  error.attr("traceback") = failure.traceback;
  PyErr_SetObject(PyExc_LookupError, error.ptr());
  throw py::error_already_set();
}

}  // namespace

Resolved function_of(const job::MapSpec& spec, const py::dict& names) {
  return spec.pickled.empty() ? resolve_function(spec.function, names) : unpickled(spec);
}

Resolved resolve_function(const std::string& name, const py::dict& globals) {
  try {
    Resolved found = find(name, globals);
    if (const auto* object = std::get_if<py::object>(&found); object && PyCallable_Check(object->ptr()) == 0)
      return lookup(fmt::format("'{}' is not a function: it is of type '{}'", name, type_name_of(*object)));
    return found;
  } catch (py::error_already_set& error) {
    return take_failure(FailureKind::lookup, error);
  }
}

void add_resolve(const py::object& module, const py::dict& names) {
  const auto resolve = [names](const std::string& name) {
    Resolved found = resolve_function(name, names);
    if (const auto* failure = std::get_if<Failure>(&found)) raise_lookup(*failure);
    return std::get<py::object>(std::move(found));
  };
  module.attr("resolve") = py::cpp_function(resolve, py::name("resolve"));
}

}  // namespace mproc::pyembed
