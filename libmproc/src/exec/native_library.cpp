#include "native_library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>

#include "mproc/base/error.hpp"
#include "mproc/base/nearest.hpp"

// Defined in a program that has kernels of its own and a session of libmproc.
#pragma weak mproc_kernels

namespace mproc::exec {
namespace {

constexpr std::string_view own_program = "program";

namespace fs = std::filesystem;

/// The file that the system's loader has for a name without a version: "libm.so" stands for libm.so.6 where
/// no development files are installed, and with them for a text that only a linker reads. Empty: none.
std::string versioned(const std::string& name) {
  if (name.find('/') != name.npos || name.size() < 3 || name.compare(name.size() - 3, 3, ".so") != 0)
    return {};
  std::vector<fs::path> folders;
  for (const char* folder : {"/lib", "/usr/lib", "/usr/local/lib", "/lib64", "/usr/lib64"}) {
    folders.emplace_back(folder);
    folders.emplace_back(fs::path(folder) / MPROC_MULTIARCH);
  }
  std::vector<std::string> found;
  for (const fs::path& folder : folders) {
    std::error_code error;
    for (const auto& file : fs::directory_iterator(folder, error)) {
      const std::string candidate = file.path().filename().string();
      if (candidate.size() > name.size() + 1 && candidate.compare(0, name.size() + 1, name + ".") == 0)
        found.push_back(file.path().string());
    }
    if (!found.empty())
      return *std::min_element(found.begin(), found.end(), [](const auto& a, const auto& b) {
        return std::pair(a.size(), a) < std::pair(b.size(), b);  // libm.so.6 before libm.so.6.1
      });
  }
  return {};
}

/// What the loader says, without the path that it begins with.
std::string loader_error(const std::string& path) {
  const std::string text = ::dlerror();
  return text.starts_with(path + ": ") ? text.substr(path.size() + 2) : text;
}

std::string located(const std::string& name, const std::vector<std::string>& folders) {
  if (fs::path(name).is_absolute()) return name;
  for (const std::string& folder : folders) {
    const fs::path path = fs::absolute(fs::path(folder) / name).lexically_normal();
    if (fs::exists(path)) return path.string();
  }
  return name;
}

}  // namespace

NativeLibrary::NativeLibrary(const std::string& name, const std::vector<std::string>& folders) : name_(name) {
  if (name == own_program) return;
  const std::string path = located(name, folders);
  // All it lacks is missed now, not in the midst of a task.
  handle_ = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle_ != nullptr) return;
  std::string why = loader_error(path);
  if (const std::string file = versioned(path); !file.empty()) {
    handle_ = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle_ != nullptr) return;
    why = loader_error(file);
  }
  throw base::UserError(
      fmt::format("cannot load the library '{}': {}; give its path, relative to the job file, or install it "
                  "on every node",
                  name, why));
}

void* NativeLibrary::symbol(const std::string& name) const {
  void* address = ::dlsym(name_ == own_program ? RTLD_DEFAULT : handle_, name.c_str());
  MPROC_CHECK(
      address != nullptr,
      "the library '{}' has no function '{}'; nm -D shows those it has (Fortran adds a '_' to a name, C++ "
      "functions need extern \"C\")",
      name_, name);
  return address;
}

const abi::Kernel& NativeLibrary::kernel(const std::string& name) const {
  auto* const list = name_ == own_program
                         ? &mproc_kernels
                         : reinterpret_cast<decltype(&mproc_kernels)>(::dlsym(handle_, "mproc_kernels"));
  MPROC_CHECK(list != nullptr,
              "the library '{}' registers no kernels; register '{}' by MPROC_KERNEL of <mproc/kernel.hpp>, "
              "or call a C "
              "function by its signature: {}:{}(f64) -> f64",
              name_, name, name_, name);
  const abi::Library& library = *list();
  MPROC_CHECK(std::string_view(library.tag) == abi::tag(),
              "the library '{}' was built for '{}', and this mproc runs '{}'; build it again with this "
              "mproc's headers",
              name_, library.tag, abi::tag());
  const std::span<const abi::Kernel> kernels(library.kernels, library.kernel_count);
  const abi::Kernel* found = nullptr;
  std::vector<std::string_view> known;
  for (const abi::Kernel& kernel : kernels) {
    known.emplace_back(kernel.name);
    if (kernel.name != name) continue;
    MPROC_CHECK(found == nullptr, "the library '{}' registers two kernels '{}'; rename one of them", name_,
                name);
    found = &kernel;
  }
  MPROC_CHECK(found != nullptr, "the library '{}' has no kernel '{}'{}; it has: {}", name_, name,
              base::did_you_mean(name, known), fmt::join(known, ", "));
  return *found;
}

std::string signature(const abi::Kernel& kernel) {
  std::vector<std::string> parts;
  for (const auto& parameter : std::span(kernel.parameters, kernel.parameter_count))
    parts.push_back(parameter.name != nullptr ? fmt::format("{}: {}", parameter.name, parameter.type)
                                              : parameter.type);
  return fmt::format("{}({}) -> {}", kernel.name, fmt::join(parts, ", "), kernel.result);
}

}  // namespace mproc::exec
