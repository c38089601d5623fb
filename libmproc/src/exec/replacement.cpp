#include <fmt/format.h>

#include "mproc/base/error.hpp"
#include "mproc/base/real_text.hpp"
#include "mproc/exec/command_call.hpp"

namespace mproc::exec {
namespace {

std::string scalar_text(const msgpack::object& value) {
  switch (value.type) {
    case msgpack::type::NIL:
      return {};
    case msgpack::type::BOOLEAN:
      return value.via.boolean ? "true" : "false";
    case msgpack::type::POSITIVE_INTEGER:
      return std::to_string(value.via.u64);
    case msgpack::type::NEGATIVE_INTEGER:
      return std::to_string(value.via.i64);
    case msgpack::type::FLOAT32:
    case msgpack::type::FLOAT64: {
      std::string text;
      base::append_real(text, value.via.f64);
      return text;
    }
    case msgpack::type::STR:
      return {value.via.str.ptr, value.via.str.size};
    case msgpack::type::BIN:
      return {value.via.bin.ptr, value.via.bin.size};
    case msgpack::type::EXT:
      if (value.via.ext.type() == static_cast<std::int8_t>(base::Ext::bigint))
        return {value.via.ext.data(), value.via.ext.size};
      [[fallthrough]];
    default:
      throw base::DecodeError("a command's fields are numbers, strings and booleans, not lists or tables");
  }
}

std::string without_extension(std::string path) {
  const std::size_t dot = path.find_last_of("./");
  if (dot != path.npos && path[dot] == '.') path.resize(dot);
  return path;
}

/// As dirname does: "a/b/" is in "a", "/" in "/", and "a" in ".".
std::string folder_of(std::string path) {
  const auto drop_slashes = [&path] { path.resize(path.find_last_not_of('/') + 1); };
  const bool rooted = path.starts_with('/');
  drop_slashes();
  path.resize(path.rfind('/') + 1);  // npos + 1 is 0
  drop_slashes();
  return !path.empty() ? path : rooted ? "/" : ".";
}

std::string part_of_path(std::string path, std::string_view part) {
  if (part == "//") return folder_of(std::move(path));
  if (part.starts_with('/')) path.erase(0, path.rfind('/') + 1);
  return part.ends_with('.') ? without_extension(std::move(path)) : path;
}

const msgpack::object* field(std::string_view name, const msgpack::object& item) {
  if (item.type != msgpack::type::MAP) return nullptr;
  for (const auto& [key, value] : item.via.map)
    if (scalar_text(key) == name) return &value;
  return nullptr;
}

std::vector<const msgpack::object*> values_of(const msgpack::object& item) {
  if (item.type != msgpack::type::MAP) return {&item};
  std::vector<const msgpack::object*> values;
  for (const auto& [key, value] : item.via.map) values.push_back(&value);
  return values;
}

[[noreturn]] void refuse_name(std::string_view name, const msgpack::object& item) {
  if (item.type != msgpack::type::MAP)
    throw base::DecodeError(fmt::format(
        "the item has no fields, so {{{0}}} names nothing; write {{}} for the item, or {{{{{0}}}}} "
        "for the text {{{0}}}",
        name));
  std::string known;
  for (const auto& [key, value] : item.via.map) known += (known.empty() ? "" : ", ") + scalar_text(key);
  throw base::DecodeError(fmt::format("the item has no field '{}'; it has: {}", name, known));
}

/// {2}, or {-1} from the end.
const msgpack::object& numbered(int number, const msgpack::object& item) {
  const auto values = values_of(item);
  const auto count = static_cast<int>(values.size());
  if (number > count || -number > count)
    throw base::DecodeError(fmt::format("{{{}}} names nothing, as the item has {} value{}", number, count,
                                        count == 1 ? "" : "s"));
  return *values[static_cast<std::size_t>(number > 0 ? number - 1 : count + number)];
}

}  // namespace

std::vector<std::string> replacement(const std::string& inside, const msgpack::object& item,
                                     CommandTask task) {
  if (const auto* value = field(inside, item)) return {scalar_text(*value)};
  if (inside == "#") return {std::to_string(task.index + 1)};
  if (inside == "%") return {std::to_string(task.executor)};
  const auto [source, part] = job::split_replacement(inside);
  if (source.empty()) {
    std::vector<std::string> all;
    for (const auto* value : values_of(item)) all.push_back(part_of_path(scalar_text(*value), part));
    return all;
  }
  if (const auto* value = field(source, item)) return {part_of_path(scalar_text(*value), part)};
  const int number = job::value_number(source);
  if (number == 0) refuse_name(source, item);
  return {part_of_path(scalar_text(numbered(number, item)), part)};
}

}  // namespace mproc::exec
