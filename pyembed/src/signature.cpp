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

}  // namespace

std::optional<Failure> check_signature(const Kernel& kernel, const std::string& name,
                                       const std::string& first_item) {
  if (first_item.empty()) return std::nullopt;
  try {
    const py::object item = Decoder(base::view(first_item)).next();
    return compare(kernel, name, item);
  } catch (const Kernel::ItemMisfit& misfit) {
    return Failure{.kind = FailureKind::item, .message = misfit.message};
  } catch (const base::DecodeError& error) {
    return Failure{.kind = FailureKind::item, .message = error.what()};
  } catch (py::error_already_set& error) {
    return take_failure(FailureKind::item, error);
  }
}

}  // namespace mproc::pyembed
