#pragma once

#include <filesystem>
#include <utility>

#include "mproc/base/bytes.hpp"

namespace mproc::journal {

/// A file's bytes so far, read-only. Throws SystemError that names it.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile();
  base::ByteView bytes() const { return bytes_; }

 private:
  base::ByteView bytes_;
};

}  // namespace mproc::journal
