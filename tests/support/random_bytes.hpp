#pragma once

#include <cstdint>
#include <random>

#include "mproc/base/bytes.hpp"

namespace mproc::testing {

using Random = std::mt19937_64;

inline std::uint64_t below(Random& random, std::uint64_t limit) {
  return std::uniform_int_distribution<std::uint64_t>(0, limit - 1)(random);
}

inline base::Bytes random_bytes(Random& random, std::size_t size) {
  base::Bytes bytes(size);
  for (auto& b : bytes) b = static_cast<std::byte>(random());
  return bytes;
}

/// One byte changed, one cut out, one put in, or the end cut off.
inline base::Bytes damaged(Random& random, base::Bytes bytes) {
  if (bytes.empty()) return random_bytes(random, 1);
  const auto at = static_cast<std::ptrdiff_t>(below(random, bytes.size()));
  switch (below(random, 5)) {
    case 0:
      bytes.erase(bytes.begin() + at);
      break;
    case 1:
      bytes.insert(bytes.begin() + at, static_cast<std::byte>(random()));
      break;
    case 2:
      bytes.resize(static_cast<std::size_t>(at));
      break;
    default:
      bytes[static_cast<std::size_t>(at)] ^= static_cast<std::byte>(1 + below(random, 255));
  }
  return bytes;
}

}  // namespace mproc::testing
