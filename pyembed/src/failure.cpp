#include "failure.hpp"

#include <fmt/format.h>

namespace mproc::pyembed {
namespace {

using base::Failure;
using base::FailureKind;

constexpr std::size_t max_text = 64 * 1024;

std::size_t character_start(const std::string& text, std::size_t at) {
  while (at > 0 && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) --at;
  return at;
}

/// Keeps beginning and end: the first frames and the exception itself.
std::string bounded(std::string text) {
  if (text.size() <= max_text) return text;
  const std::string gap = "\n  ...\n";
  const std::size_t half = (max_text - gap.size()) / 2;
  return text.substr(0, character_start(text, half)) + gap +
         text.substr(character_start(text, text.size() - half + 3));
}

py::object stolen_or_none(PyObject* object) {
  return object != nullptr ? py::reinterpret_steal<py::object>(object) : py::none();
}

std::string placeholder(const char* what, py::handle object) {
  PyErr_Clear();
  return fmt::format("<{} whose {} raises>", type_name_of(object), what);
}

std::string text_attribute(py::handle object, const char* name) {
  const auto value = py::reinterpret_steal<py::object>(PyObject_GetAttrString(object.ptr(), name));
  if (!value || PyUnicode_Check(value.ptr()) == 0) {
    PyErr_Clear();
    return {};
  }
  return utf8(value);
}

std::string format_traceback(py::handle type, py::handle value, py::handle trace) {
  try {
    const py::object lines = import_module("traceback").attr("format_exception")(type, value, trace);
    return bounded(utf8(py::str("").attr("join")(lines)));
  } catch (py::error_already_set&) {
    return {};
  }
}

/// "sys.exit(3)", as the task wrote it.
std::string exit_message(py::handle value) {
  const auto code = py::reinterpret_steal<py::object>(PyObject_GetAttrString(value.ptr(), "code"));
  if (!code) PyErr_Clear();
  return fmt::format("the task called sys.exit({})", !code || code.is_none() ? "" : safe_repr(code));
}

}  // namespace

int exit_status(const py::error_already_set& error) {
  if (!error.matches(PyExc_SystemExit)) return 1;
  const auto code = py::reinterpret_steal<py::object>(PyObject_GetAttrString(error.value().ptr(), "code"));
  if (code && code.is_none()) return 0;
  const long status = code && PyLong_Check(code.ptr()) != 0 ? PyLong_AsLong(code.ptr()) : 1;
  PyErr_Clear();
  return static_cast<int>(status);
}

std::string utf8(py::handle text) {
  const auto bytes =
      py::reinterpret_steal<py::object>(PyUnicode_AsEncodedString(text.ptr(), "utf-8", "backslashreplace"));
  if (!bytes) {
    PyErr_Clear();
    return {};
  }
  return {PyBytes_AS_STRING(bytes.ptr()), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.ptr()))};
}

std::string safe_str(py::handle object) {
  const auto text = py::reinterpret_steal<py::object>(PyObject_Str(object.ptr()));
  return text ? utf8(text) : placeholder("__str__", object);
}

std::string safe_repr(py::handle object) {
  const auto text = py::reinterpret_steal<py::object>(PyObject_Repr(object.ptr()));
  return text ? utf8(text) : placeholder("__repr__", object);
}

std::string type_name(py::handle type) {
  std::string name = text_attribute(type, "__qualname__");
  if (name.empty()) name = reinterpret_cast<PyTypeObject*>(type.ptr())->tp_name;
  const std::string module = text_attribute(type, "__module__");
  return module.empty() || module == "builtins" || module == "__main__" ? name : module + "." + name;
}

Failure take_failure(FailureKind kind) {
  PyObject *raw_type = nullptr, *raw_value = nullptr, *raw_trace = nullptr;
  PyErr_Fetch(&raw_type, &raw_value, &raw_trace);
  PyErr_NormalizeException(&raw_type, &raw_value, &raw_trace);
  const py::object type = stolen_or_none(raw_type), value = stolen_or_none(raw_value),
                   trace = stolen_or_none(raw_trace);
  if (type.is_none())
    return {.kind = kind, .type = "SystemError", .message = "failed without setting an exception"};
  Failure out{.kind = kind, .type = type_name(type), .message = bounded(safe_str(value))};
  if (kind == FailureKind::exception && PyErr_GivenExceptionMatches(type.ptr(), PyExc_SystemExit) != 0) {
    out.kind = FailureKind::exit;
    out.message = bounded(exit_message(value));
  }
  out.traceback = format_traceback(type, value, trace);
  return out;
}

Failure take_failure(FailureKind kind, py::error_already_set& error) {
  error.restore();
  return take_failure(kind);
}

}  // namespace mproc::pyembed
