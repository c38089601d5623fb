#include "mproc/report/job_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace mproc::report {
namespace {

using base::Json;

constexpr std::size_t most_elements = 24, longest_text = 100'000;

std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string key_text(const std::string& key) {
  const bool bare = !key.empty() && std::ranges::all_of(key, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-';
  });
  return bare ? key : dump(key);
}

std::string inline_text(const Json& value) {
  if (value.is_array()) {
    std::string out;
    const std::size_t shown = std::min(value.size(), most_elements);
    for (std::size_t i = 0; i < shown; ++i) out += (i > 0 ? ", " : "") + inline_text(value[i]);
    if (value.size() > shown) out += fmt::format(", … ({} in all)", value.size());
    return "[" + out + "]";
  }
  if (value.is_object()) {
    std::string out;
    for (const auto& [key, member] : value.items())
      out += (out.empty() ? " " : ", ") + key_text(key) + " = " + inline_text(member);
    return "{" + out + " }";
  }
  if (!value.is_string()) return dump(value);
  const auto& text = value.get_ref<const std::string&>();
  if (text.find('\n') == std::string::npos) return dump(value);
  return "'''\n" + text.substr(0, longest_text) + "'''";
}

void append(std::string& to, const Json& table, const std::string& name) {
  for (const auto& [key, value] : table.items())
    if (!value.is_object()) to += key_text(key) + " = " + inline_text(value) + "\n";
  for (const auto& [key, value] : table.items()) {
    if (!value.is_object()) continue;
    const std::string path = name.empty() ? key_text(key) : name + "." + key_text(key);
    const bool only_tables =
        !value.empty() && std::ranges::all_of(value, [](const Json& member) { return member.is_object(); });
    if (!only_tables) to += (to.empty() ? "[" : "\n[") + path + "]\n";
    append(to, value, path);
  }
}

}  // namespace

std::string job_text(const Json& document) {
  std::string out;
  append(out, document, "");
  return out;
}

}  // namespace mproc::report
