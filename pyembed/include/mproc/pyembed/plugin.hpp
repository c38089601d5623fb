#pragma once

#include <string>

#include "mproc/pyembed/environment.hpp"

/// What a plugin exports. Both sides must be of one mproc: they share C++ types.
extern "C" {
/// MPROC_VERSION that the plugin was built from.
using MprocPluginVersion = const char* (*)();
/// A new runtime, owned by the caller; null with `error` set when the interpreter does not start.
using MprocCreateRuntime = mproc::exec::Runtime* (*)(const mproc::pyembed::Environment* environment,
                                                     std::string* error);
}
