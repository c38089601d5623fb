#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace mproc::pyembed {

/// The environment that the user has activated.
struct ActiveEnvironment {
  std::filesystem::path path;
  std::filesystem::path executable;
  std::filesystem::path base;  ///< prefix of the Python that it was made from (its own, for conda)
  std::string version;         ///< "3.11"
};

/// From VIRTUAL_ENV, else CONDA_PREFIX; nothing when neither is set, or the conda environment has no Python.
/// Throws UserError for a VIRTUAL_ENV that is none.
std::optional<ActiveEnvironment> active_environment();

/// The shared libpython of that minor version under `prefix`, or empty.
std::filesystem::path shared_libpython(const std::filesystem::path& prefix, const std::string& version);

}  // namespace mproc::pyembed
