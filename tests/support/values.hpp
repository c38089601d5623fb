#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "mproc/base/msgpack.hpp"

namespace mproc::testing {

template <class T>
base::Bytes packed(const T& value) {
  base::Bytes bytes;
  base::pack_to(bytes, value);
  return bytes;
}

/// One msgpack value for each element, one after the other: how items and results travel.
template <class T>
base::Bytes packed_each(const std::vector<T>& values) {
  base::Bytes bytes;
  for (const auto& value : values) base::pack_to(bytes, value);
  return bytes;
}

/// A map with its keys in the order given.
inline base::Bytes packed_map(const std::vector<std::pair<std::string, std::string>>& pairs) {
  base::Bytes bytes;
  base::BytesSink sink(bytes);
  msgpack::packer<base::BytesSink> packer(sink);
  packer.pack_map(static_cast<std::uint32_t>(pairs.size()));
  for (const auto& [key, value] : pairs) packer.pack(key).pack(value);
  return bytes;
}

}  // namespace mproc::testing
