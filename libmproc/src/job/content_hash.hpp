#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "mproc/base/bytes.hpp"

namespace mproc::job {

/// XXH3 of 128 bits over bytes as they come.
class ContentHash {
 public:
  ContentHash();
  ~ContentHash();
  ContentHash(const ContentHash&) = delete;
  ContentHash& operator=(const ContentHash&) = delete;
  void add(base::ByteView bytes);
  std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string hash_hex(base::ByteView bytes);

/// Of a file's content. Throws UserError.
std::string file_hash(const std::filesystem::path& path);

}  // namespace mproc::job
