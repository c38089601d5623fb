#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "mproc/base/fd.hpp"

namespace mproc::fuzz {

/// A file in memory, filled anew for each input.
class MemoryFile {
 public:
  MemoryFile() : fd_(::memfd_create("fuzz", MFD_CLOEXEC)) {
    if (!fd_) std::abort();
  }
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_.get()); }
  void fill(base::ByteView content) const {
    if (::ftruncate(fd_.get(), 0) != 0 || ::lseek(fd_.get(), 0, SEEK_SET) != 0) std::abort();
    base::write_all(fd_.get(), content, "memory");
  }

 private:
  base::Fd fd_;
};

/// A directory for the process's whole life. libFuzzer leaves by _exit: who starts a target gives it a TMPDIR
/// and removes that.
inline const std::filesystem::path& scratch() {
  static const std::filesystem::path path = [] {
    std::string name = (std::filesystem::temp_directory_path() / "fuzz-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    return name;
  }();
  return path;
}

}  // namespace mproc::fuzz
