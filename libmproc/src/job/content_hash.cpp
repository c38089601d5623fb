#define XXH_INLINE_ALL
#include "content_hash.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>

#include "input_file.hpp"

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

std::string file_hash(const std::filesystem::path& path) {
  constexpr std::uint64_t piece = std::uint64_t{1} << 20;
  InputFile file(path);
  ContentHash hash;
  for (std::uint64_t at = 0; at < file.size(); at += piece)
    hash.add(file.at(at, std::min(piece, file.size() - at)));
  return hash.hex();
}

}  // namespace mproc::job
