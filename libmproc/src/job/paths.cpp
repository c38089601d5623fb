#include "paths.hpp"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace mproc::job {
namespace {

namespace fs = std::filesystem;

bool is_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

/// Takes "$VAR", "${VAR}" or "$$" at `at`, moves past it, and gives what it stands for.
std::string take_variable(const std::string& text, std::size_t& at, const Spot& spot) {
  ++at;
  if (at < text.size() && text[at] == '$') return ++at, "$";
  std::string name;
  if (at < text.size() && text[at] == '{') {
    const std::size_t close = text.find('}', at);
    spot.check(close != text.npos, "has a ${{ without its }}: {}", text);
    name = text.substr(at + 1, close - at - 1);
    at = close + 1;
  } else {
    const std::size_t start = at;
    while (at < text.size() && is_name(text[at])) ++at;
    name = text.substr(start, at - start);
  }
  spot.check(!name.empty() && std::all_of(name.begin(), name.end(), is_name),
             "has a $ without a variable's name (write $$ for a dollar): {}", text);
  const char* value = std::getenv(name.c_str());
  spot.check(value != nullptr, "needs ${}, which is not set in the environment", name);
  return value;
}

std::string home(const Spot& spot) {
  if (const char* value = std::getenv("HOME"); value != nullptr && *value != '\0') return value;
  const passwd* entry = ::getpwuid(::getuid());
  spot.check(entry != nullptr, "needs ~, but there is no home directory");
  return entry->pw_dir;
}

}  // namespace

std::string expand(const std::string& text, const Spot& spot) {
  std::string out;
  std::size_t at = 0;
  if (text == "~" || text.starts_with("~/")) {
    out = home(spot);
    at = 1;
  }
  while (at < text.size()) {
    if (text[at] == '$') {
      out += take_variable(text, at, spot);
    } else {
      out += text[at++];
    }
  }
  return out;
}

fs::path input_path(const std::string& text, const Spot& spot) {
  spot.check(text.find('\0') == text.npos, "has a NUL character, which no path can have");
  const std::string expanded = expand(text, spot);
  spot.check(!expanded.empty(), "is an empty path");
  return (spot.document().base_dir() / expanded).lexically_normal();
}

fs::path existing_file(const std::string& text, const Spot& spot) {
  const fs::path path = input_path(text, spot);
  std::error_code error;
  const auto status = fs::status(path, error);
  spot.check(fs::exists(status), "names a file that is not there: {}", path.string());
  spot.check(!fs::is_directory(status), "names a directory, not a file: {}", path.string());
  spot.check(fs::is_regular_file(status), "names what is not a regular file: {}; write its content to a file",
             path.string());
  spot.check(::access(path.c_str(), R_OK) == 0, "names a file that may not be read: {}", path.string());
  return path;
}

fs::path module_file(const fs::path& base_dir, std::string module) {
  std::replace(module.begin(), module.end(), '.', '/');
  std::error_code error;
  const fs::path package = base_dir / module / "__init__.py";
  if (fs::is_regular_file(package, error)) return package;
  const fs::path file = base_dir / (module + ".py");
  return fs::is_regular_file(file, error) ? file : fs::path();
}

}  // namespace mproc::job
