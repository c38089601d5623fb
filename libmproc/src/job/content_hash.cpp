#define XXH_INLINE_ALL
#include "content_hash.hpp"

#include <fmt/format.h>
#include <xxhash.h>

namespace mproc::job {

struct ContentHash::State {
  XXH3_state_t xxh;
};

ContentHash::ContentHash() : state_(std::make_unique<State>()) {
  XXH3_128bits_reset(&state_->xxh);
}
ContentHash::~ContentHash() = default;

void ContentHash::add(base::ByteView bytes) {
  XXH3_128bits_update(&state_->xxh, bytes.data(), bytes.size());
}

std::string ContentHash::hex() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(&state_->xxh);
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

std::string hash_hex(base::ByteView bytes) {
  ContentHash hash;
  hash.add(bytes);
  return hash.hex();
}

}  // namespace mproc::job
