#include <dlfcn.h>
#include <fmt/format.h>

#include "mproc/base/error.hpp"
#include "mproc/pyembed/plugin.hpp"

namespace mproc::pyembed {
namespace {

// Never closed: the interpreter lives as long as the process.
void* open_library(const std::filesystem::path& file, int flags) {
  void* library = dlopen(file.c_str(), flags);
  if (library == nullptr)
    throw base::SystemError(fmt::format("cannot load {}: {}", file.string(), dlerror()));
  return library;
}

template <class Function>
Function symbol(void* library, const char* name, const std::filesystem::path& file) {
  void* address = dlsym(library, name);
  if (address == nullptr)
    throw base::SystemError(fmt::format("{} is no mproc plugin: it lacks {}", file.string(), name));
  return reinterpret_cast<Function>(address);
}

}  // namespace

std::unique_ptr<exec::Runtime> load_runtime(const Environment& environment) {
  // Extension modules that do not link libpython find its symbols only when it is global.
  open_library(environment.libpython, RTLD_NOW | RTLD_GLOBAL);
  void* plugin = open_library(environment.plugin, RTLD_NOW | RTLD_LOCAL);
  const auto version = symbol<MprocPluginVersion>(plugin, "mproc_plugin_version", environment.plugin);
  MPROC_CHECK(std::string(version()) == MPROC_VERSION,
              "the plugin {} is of mproc {}, and this is {}; build it again", environment.plugin.string(),
              version(), MPROC_VERSION);
  const auto create = symbol<MprocCreateRuntime>(plugin, "mproc_create_runtime", environment.plugin);
  std::string error;
  std::unique_ptr<exec::Runtime> runtime(create(&environment, &error));
  if (!runtime) throw base::SystemError(error);
  return runtime;
}

}  // namespace mproc::pyembed
