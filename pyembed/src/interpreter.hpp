#pragma once

#include "mproc/pyembed/environment.hpp"

namespace mproc::pyembed {

/// Starts the process's one interpreter, unless it runs already. The calling thread becomes Python's main
/// thread; it does not hold the GIL afterwards. Throws SystemError when Python refuses.
void start_interpreter(const Environment& environment);

}  // namespace mproc::pyembed
