#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "mproc/exec/runtime.hpp"

namespace mproc::pyembed {

/// The Python that executors run, and the plugin that fits it.
struct Environment {
  std::string version;                ///< "3.11"
  std::filesystem::path plugin;       ///< libmproc_python3.11.so
  std::filesystem::path libpython;    ///< opened before the plugin, which does not link one
  std::filesystem::path home;         ///< prefix of libpython: where the standard library is
  std::filesystem::path executable;   ///< the environment's python: where its site-packages are found from
  std::filesystem::path package_dir;  ///< folder that holds the `mproc` package
  std::vector<std::string>
      search_path;  ///< put before sys.path from the start, so that init code sees it too
};

/// The active virtual environment (VIRTUAL_ENV), else the active conda environment (CONDA_PREFIX), else the
/// Python that mproc was built against. Plugins are looked for in `plugin_dirs`, in order.
/// Throws UserError that says what to run when none fits. Runs no Python.
Environment find_environment(const std::vector<std::filesystem::path>& plugin_dirs);

/// Opens libpython and the plugin in this process, and starts the interpreter: once in a process, for good
/// (a second runtime shares it, with a namespace of its own). To be called in the thread that will use it.
/// Throws SystemError for a library that does not load, UserError for a plugin of another mproc.
std::unique_ptr<exec::Runtime> load_runtime(const Environment& environment);

}  // namespace mproc::pyembed
