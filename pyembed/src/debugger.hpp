#pragma once

#include "python.hpp"

namespace mproc::pyembed {

/// Ctrl-C raises KeyboardInterrupt from now on, as in a Python of the user's own: a task that hangs is looked
/// into where it is. In the main thread.
void take_interrupts();

/// Prints the traceback, and gives the user pdb at the line that raised, until he leaves it.
void look_into(py::error_already_set& error);

}  // namespace mproc::pyembed
