#pragma once

#include <cstdint>
#include <cstring>

#include "mproc/base/bytes.hpp"
#include "mproc/base/error.hpp"

namespace mproc::comm {

/// Several messages as one: each with its size, 32 bits, before it.
inline void append_to_bundle(base::Bytes& bundle, base::ByteView message) {
  base::append_pod(bundle, static_cast<std::uint32_t>(message.size()));
  base::append(bundle, message);
}

/// Calls `each` with every message, in order.
template <class Each>
void split_bundle(base::ByteView bundle, Each each) {
  while (!bundle.empty()) {
    std::uint32_t size = 0;
    MPROC_ASSERT(bundle.size() >= sizeof size, "bundle ends amid a size");
    std::memcpy(&size, bundle.data(), sizeof size);
    bundle = bundle.subspan(sizeof size);
    MPROC_ASSERT(size <= bundle.size(), "bundle with a message of {} bytes where {} are left", size,
                 bundle.size());
    each(bundle.first(size));
    bundle = bundle.subspan(size);
  }
}

}  // namespace mproc::comm
