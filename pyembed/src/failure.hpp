#pragma once

#include <string>

#include "mproc/base/outcome.hpp"
#include "python.hpp"

namespace mproc::pyembed {

/// The pending Python error as a failure, with its traceback; the error is cleared. An exception of kind
/// `exception` that is a SystemExit becomes kind `exit`. Survives exceptions whose own methods raise.
base::Failure take_failure(base::FailureKind kind);
/// The same for an error that pybind11 has caught.
base::Failure take_failure(base::FailureKind kind, py::error_already_set& error);

/// The exit status of a process that ends by this error: that of sys.exit(), or 1.
int exit_status(const py::error_already_set& error);

/// UTF-8 of a str; what is no Unicode (lone surrogates) is escaped.
std::string utf8(py::handle text);
/// str(object) and repr(object), or a placeholder when that raises. Clears the error then.
std::string safe_str(py::handle object);
std::string safe_repr(py::handle object);
/// "ValueError", "module.MyError": without the module for builtins and __main__.
std::string type_name(py::handle type);
inline std::string type_name_of(py::handle object) {
  return type_name(reinterpret_cast<PyObject*>(Py_TYPE(object.ptr())));
}

}  // namespace mproc::pyembed
