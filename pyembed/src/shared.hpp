#pragma once

#include "mproc/exec/shared_data.hpp"
#include "python.hpp"

namespace mproc::pyembed {

/// Adds to the module `_mproc`: array_names(), and array(name): (array interface, owner) of a shared array,
/// or None. The elements live as long as `owner`. `data` outlives the interpreter's use. Needs the GIL.
void register_shared_data(const py::object& module, const exec::SharedData& data);

}  // namespace mproc::pyembed
