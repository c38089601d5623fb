#include "mproc/pyembed/environment.hpp"

#include <nlohmann/json.hpp>

#include "active_environment.hpp"
#include "mproc/base/error.hpp"
#include "mproc/base/fd.hpp"

namespace mproc::pyembed {
namespace {

namespace fs = std::filesystem;

/// The Python that a plugin was built for, as recorded beside it.
struct BuiltFor {
  fs::path executable, home, libpython;
};

fs::path plugin_in(const fs::path& dir, const std::string& version) {
  return dir / ("libmproc_python" + version + ".so");
}

BuiltFor read_record(const fs::path& dir, const std::string& version) {
  const fs::path file = dir / ("mproc_python" + version + ".json");
  try {
    const auto record = nlohmann::json::parse(base::read_file(file));
    return {record.at("executable").get<std::string>(), record.at("home").get<std::string>(),
            record.at("libpython").get<std::string>()};
  } catch (const std::exception& e) {
    throw base::SystemError(fmt::format("{}: the plugin's record cannot be read ({}); build the plugin again",
                                        file.string(), e.what()));
  }
}

std::string listed(const std::vector<fs::path>& dirs) {
  std::string out;
  for (const auto& dir : dirs) out += (out.empty() ? "" : ", ") + dir.string();
  return out;
}

std::string build_command(const std::string& version, const std::string& executable, const fs::path& output) {
  return fmt::format(
      "cmake -S {0} -B mproc-python{1} -DMPROC_PYTHON_EXECUTABLE={2} -DMPROC_PLUGIN_OUTPUT={3} && "
      "cmake --build mproc-python{1} --target mproc_python",
      MPROC_SOURCE_DIR, version, executable, output.string());
}

fs::path plugin_dir_for(const std::vector<fs::path>& dirs, const std::string& version,
                        const std::optional<ActiveEnvironment>& active) {
  std::error_code ignored;
  for (const auto& dir : dirs)
    if (fs::is_regular_file(plugin_in(dir, version), ignored)) return fs::absolute(dir);
  const fs::path output = dirs.empty() ? fs::path(".") : dirs.front();
  if (active)
    throw base::UserError(fmt::format(
        "the active environment {} has Python {}, and there is no mproc plugin for it; build it with: {}",
        active->path.string(), version, build_command(version, active->executable.string(), output)));
  throw base::UserError(fmt::format("there is no mproc plugin for Python {} in {}; build it with: {}",
                                    version, listed(dirs),
                                    build_command(version, "python" + version, output)));
}

}  // namespace

Environment find_environment(const std::vector<fs::path>& plugin_dirs) {
  const auto active = active_environment();
  Environment out;
  out.version = active ? active->version : MPROC_DEFAULT_PYTHON;
  MPROC_CHECK(
      !out.version.empty(),
      "this mproc was built without Python (MPROC_PYTHON=OFF); activate a virtual environment that there is "
      "a plugin for, or build mproc with -DMPROC_PYTHON=ON");
  const fs::path dir = plugin_dir_for(plugin_dirs, out.version, active);
  const BuiltFor built_for = read_record(dir, out.version);
  out.plugin = plugin_in(dir, out.version);
  out.package_dir = dir / "python";
  out.executable = active ? active->executable : built_for.executable;
  if (active) out.libpython = shared_libpython(active->base, out.version);
  out.home = out.libpython.empty() ? built_for.home : active->base;
  if (out.libpython.empty()) out.libpython = built_for.libpython;
  MPROC_CHECK(fs::exists(out.libpython),
              "the Python that the plugin {} was built for is gone ({}); build it again with: {}",
              out.plugin.string(), out.libpython.string(),
              build_command(out.version, out.executable.string(), dir));
  return out;
}

}  // namespace mproc::pyembed
