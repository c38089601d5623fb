#include "active_environment.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string_view>

#include "mproc/base/error.hpp"

namespace mproc::pyembed {
namespace {

namespace fs = std::filesystem;

std::string trimmed(std::string_view text) {
  const auto is_space = [](unsigned char c) { return std::isspace(c) != 0; };
  while (!text.empty() && is_space(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && is_space(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return std::string(text);
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

std::map<std::string, std::string> read_pyvenv_cfg(const fs::path& file) {
  std::map<std::string, std::string> values;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const auto equals = line.find('=');
    if (equals == std::string::npos) continue;
    values[lower(trimmed(std::string_view(line).substr(0, equals)))] =
        trimmed(std::string_view(line).substr(equals + 1));
  }
  return values;
}

/// "3.11" of "3.11.2", "3.11.7.final.0"; empty for what is no version.
std::string minor_version(const std::string& text) {
  const auto dot = text.find('.');
  if (dot == 0 || dot == std::string::npos) return {};
  std::size_t end = dot + 1;
  while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end]))) ++end;
  return end == dot + 1 ? std::string() : text.substr(0, end);
}

/// From the name of the standard library's or site-packages' folder, lib/python3.11.
std::string version_of_lib(const fs::path& prefix) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(prefix / "lib", ignored)) {
    const std::string name = entry.path().filename();
    if (name.rfind("python3.", 0) == 0 && entry.is_directory(ignored)) return minor_version(name.substr(6));
  }
  return {};
}

fs::path python_of(const fs::path& prefix) {
  std::error_code ignored;
  for (const char* name : {"bin/python", "bin/python3"})
    if (fs::exists(prefix / name, ignored)) return prefix / name;
  return {};
}

/// Prefix of the Python whose folder of programs is `home`.
fs::path base_of(const fs::path& home) {
  std::error_code error;
  const fs::path real = fs::canonical(home, error);  // /bin is /usr/bin on merged systems
  return (error ? home : real).parent_path();
}

ActiveEnvironment virtual_environment(const fs::path& path) {
  MPROC_CHECK(
      fs::is_regular_file(path / "pyvenv.cfg"),
      "VIRTUAL_ENV is {}, which is no virtual environment (it has no pyvenv.cfg); activate another or unset "
      "VIRTUAL_ENV",
      path.string());
  const auto values = read_pyvenv_cfg(path / "pyvenv.cfg");
  const auto value = [&](const char* key) {
    const auto found = values.find(key);
    return found == values.end() ? std::string() : found->second;
  };
  ActiveEnvironment out{.path = path, .executable = python_of(path), .base = base_of(value("home"))};
  for (const auto& version : {value("version"), value("version_info"), version_of_lib(path)})
    if (out.version.empty()) out.version = minor_version(version);
  MPROC_CHECK(!out.version.empty() && !out.executable.empty(),
              "the active environment {} is incomplete (no {}); make it again with: python3 -m venv {}",
              path.string(), out.executable.empty() ? "bin/python" : "version in its pyvenv.cfg",
              path.string());
  return out;
}

std::optional<ActiveEnvironment> conda_environment(const fs::path& path) {
  ActiveEnvironment out{
      .path = path, .executable = python_of(path), .base = path, .version = version_of_lib(path)};
  if (out.executable.empty() || out.version.empty()) return std::nullopt;
  return out;
}

const char* variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : nullptr;
}

}  // namespace

std::optional<ActiveEnvironment> active_environment() {
  if (const char* path = variable("VIRTUAL_ENV")) return virtual_environment(path);
  if (const char* path = variable("CONDA_PREFIX")) return conda_environment(path);
  return std::nullopt;
}

fs::path shared_libpython(const fs::path& prefix, const std::string& version) {
  std::error_code ignored;
  for (const char* folder : {"lib", "lib64", "lib/" MPROC_MULTIARCH})
    for (const char* suffix : {".so.1.0", ".so"}) {
      const fs::path file = prefix / folder / ("libpython" + version + suffix);
      if (fs::is_regular_file(file, ignored)) return file;
    }
  return {};
}

}  // namespace mproc::pyembed
