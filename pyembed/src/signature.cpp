#include "signature.hpp"

#include <fmt/format.h>

#include "failure.hpp"
#include "mproc/base/error.hpp"

namespace mproc::pyembed {
namespace {

using base::Failure;
using base::FailureKind;

/// inspect.signature() without annotations, or null where the callable has none.
py::object signature_of(py::handle function) {
  const py::object inspect = import_module("inspect");
  try {
    const py::object signature = inspect.attr("signature")(function);
    const py::object empty = inspect.attr("Parameter").attr("empty");
    py::list parameters;
    for (const py::handle parameter : signature.attr("parameters").attr("values")())
      parameters.append(parameter.attr("replace")(py::arg("annotation") = empty));
    return signature.attr("replace")(py::arg("parameters") = parameters,
                                     py::arg("return_annotation") = empty);
  } catch (py::error_already_set& error) {
    if (!error.matches(PyExc_ValueError) && !error.matches(PyExc_TypeError)) throw;
    return {};
  }
}

std::string joined(py::handle names) {
  std::string out;
  for (const py::handle name : names) out += (out.empty() ? "" : ", ") + utf8(name);
  return out;
}

/// "alpha, n", "2 values", "one value".
std::string given_by_item(const Kernel& kernel, py::handle item, const Kernel::Arguments& arguments) {
  if (arguments.positional.empty() && is_named(item)) return py::len(item) > 0 ? joined(item) : "nothing";
  if (kernel.mode() == job::Call::star) return fmt::format("{} values", arguments.positional.size());
  return "one value";
}

std::string given(const Kernel& kernel, py::handle item, const Kernel::Arguments& arguments) {
  const py::dict constants = kernel.constants();
  const std::string args = constants.empty() ? std::string() : "; args give: " + joined(constants);
  return "items give: " + given_by_item(kernel, item, arguments) + args;
}

std::string short_name(const std::string& name) {
  return name.substr(name.find(':') + 1);
}

std::optional<Failure> compare(const Kernel& kernel, const std::string& name, py::handle item) {
  const py::object signature = signature_of(kernel.function());
  const Kernel::Arguments arguments = kernel.arguments(item);
  if (!signature) return std::nullopt;
  try {
    signature.attr("bind")(*arguments.positional, **arguments.keywords);
    return std::nullopt;
  } catch (py::error_already_set& error) {
    if (!error.matches(PyExc_TypeError)) throw;
    return Failure{
        .kind = FailureKind::item,
        .message = fmt::format("function '{}{}' cannot take what the items give: {} ({})", short_name(name),
                               safe_str(signature), safe_str(error.value()), given(kernel, item, arguments))};
  }
}

/// What a check has to say: a ValueError, TypeError or LookupError is one line about what the user gave, all
/// else is the check's own failure.
Failure refusal(py::error_already_set& error) {
  bool meant = false;
  for (PyObject* kind : {PyExc_ValueError, PyExc_TypeError, PyExc_LookupError})
    meant = meant || error.matches(kind);
  if (!meant) return take_failure(FailureKind::item, error);
  const py::object traceback = py::getattr(error.value(), "traceback", py::str());
  return {.kind = FailureKind::item, .message = safe_str(error.value()), .traceback = safe_str(traceback)};
}

std::optional<Failure> call_check(const Kernel& kernel, py::handle item) {
  const py::object check = py::getattr(kernel.function(), "check_first", py::none());
  if (check.is_none()) return std::nullopt;
  const Kernel::Arguments arguments = kernel.arguments(item);
  try {
    check(*arguments.positional, **arguments.keywords);
    return std::nullopt;
  } catch (py::error_already_set& error) {
    return refusal(error);
  }
}

/// Looks at the first item, if it is known, before any task runs.
template <class Look>
std::optional<Failure> look_at(const std::string& first_item, Look look) {
  if (first_item.empty()) return std::nullopt;
  try {
    return look(Decoder(base::view(first_item)).next());
  } catch (const Kernel::ItemMisfit& misfit) {
    return Failure{.kind = FailureKind::item, .message = misfit.message};
  } catch (const base::DecodeError& error) {
    return Failure{.kind = FailureKind::item, .message = error.what()};
  } catch (py::error_already_set& error) {
    return take_failure(FailureKind::item, error);
  }
}

}  // namespace

std::optional<Failure> check_signature(const Kernel& kernel, const std::string& name,
                                       const std::string& first_item) {
  return look_at(first_item, [&](const py::object& item) { return compare(kernel, name, item); });
}

std::optional<Failure> check_first(const Kernel& kernel, const std::string& first_item) {
  return look_at(first_item, [&](const py::object& item) { return call_check(kernel, item); });
}

}  // namespace mproc::pyembed
