#pragma once

#include <string>
#include <variant>

#include "mproc/base/outcome.hpp"
#include "mproc/job/kernel.hpp"
#include "python.hpp"

namespace mproc::pyembed {

/// The callable that "module:function" or a name from init code (else of builtins) stands for; dots go into
/// attributes. A failure of kind lookup that says what to do when there is none. Needs the GIL.
std::variant<py::object, base::Failure> resolve_function(const std::string& name, const py::dict& globals);

/// The function that a map names or carries. `names`: what init code has defined. As resolve_function.
std::variant<py::object, base::Failure> function_of(const job::MapSpec& spec, const py::dict& names);

/// Adds resolve(name) to the module `_mproc`: resolve_function() for the package, with a failure as a
/// LookupError that has its `traceback`.
void add_resolve(const py::object& module, const py::dict& names);

}  // namespace mproc::pyembed
