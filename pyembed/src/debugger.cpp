#include "debugger.hpp"

namespace mproc::pyembed {
namespace {

/// pdb looks for lines under absolute paths: those of an init file are the ones that ran, not what the file
/// has now.
void remember_by_absolute_path() {
  const py::dict cache = import_module("linecache").attr("cache");
  const py::object absolute = import_module("os.path").attr("abspath");
  const py::dict before = cache.attr("copy")();
  for (const auto& [name, entry] : before) {
    const bool ours = py::len(entry) == 4 && entry[py::int_(1)].is_none();
    if (ours && !name.attr("startswith")("<").cast<bool>()) cache[absolute(name)] = entry;
  }
}

}  // namespace

void take_interrupts() {
  const py::object signal = import_module("signal");
  signal.attr("signal")(signal.attr("SIGINT"), signal.attr("default_int_handler"));
}

void look_into(py::error_already_set& error) {
  try {
    remember_by_absolute_path();
    import_module("traceback").attr("print_exception")(error.type(), error.value(), error.trace());
    // What was raised in C alone has no frame of Python's.
    if (error.trace() && !error.trace().is_none()) import_module("pdb").attr("post_mortem")(error.trace());
  } catch (py::error_already_set& own) {
    own.discard_as_unraisable("the debugger");
  }
}

}  // namespace mproc::pyembed
