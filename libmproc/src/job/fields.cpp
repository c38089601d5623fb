#include "mproc/job/fields.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <cstring>

#include "mproc/base/error.hpp"
#include "mproc/job/ndarray.hpp"

namespace mproc::job {

const msgpack::object* find_field(const msgpack::object& map, std::string_view name) {
  if (map.type != msgpack::type::MAP) return nullptr;
  for (const auto& [key, value] : map.via.map)
    if (key.type == msgpack::type::STR && std::string_view(key.via.str.ptr, key.via.str.size) == name)
      return &value;
  return nullptr;
}

const msgpack::object& field(const msgpack::object& map, std::string_view name) {
  if (const auto* found = find_field(map, name)) return *found;
  throw base::DecodeError(fmt::format("there is no '{}'", name));
}

std::string_view text_field(const msgpack::object& map, std::string_view name) {
  const msgpack::object& value = field(map, name);
  if (value.type != msgpack::type::STR) throw base::DecodeError(fmt::format("'{}' is no text", name));
  return {value.via.str.ptr, value.via.str.size};
}

std::span<const double> reals(const msgpack::object& value, std::string_view name,
                              std::vector<double>& copy) {
  const bool array = value.type == msgpack::type::EXT &&
                     value.via.ext.type() == static_cast<std::int8_t>(base::Ext::ndarray);
  if (!array) throw base::DecodeError(fmt::format("'{}' is no array", name));
  const NdarrayView view = decode_ndarray(std::as_bytes(std::span(value.via.ext.data(), value.via.ext.size)));
  if (view.dtype != "<f8" || view.shape.size() != 1)
    throw base::DecodeError(fmt::format("'{}' is of {} and {} dimensions, not a vector of <f8", name,
                                        view.dtype, view.shape.size()));
  const std::size_t count = view.data.size() / sizeof(double);
  if (reinterpret_cast<std::uintptr_t>(view.data.data()) % alignof(double) == 0)
    return {reinterpret_cast<const double*>(view.data.data()), count};
  copy.resize(count);
  if (count > 0) std::memcpy(copy.data(), view.data.data(), view.data.size());
  return copy;
}

std::vector<double> reals_field(const msgpack::object& map, std::string_view name) {
  std::vector<double> copy;
  const auto values = reals(field(map, name), name, copy);
  if (values.data() != copy.data()) copy.assign(values.begin(), values.end());
  return copy;
}

void append_reals(base::Bytes& to, std::span<const double> values) {
  append_ndarray(to, "<f8", std::array<std::uint64_t, 1>{values.size()}, std::as_bytes(values));
}

}  // namespace mproc::job
