#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>

#include "mproc/base/bytes.hpp"

namespace mproc::base {

/// Owns a file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  ~Fd() { reset(); }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

/// Whole content of a file. Throws SystemError that names the file.
std::string read_file(const std::filesystem::path& path);

/// Writes all of it, repeating short writes and EINTR. Throws SystemError that names `what`.
void write_all(int fd, ByteView data, const std::string& what);

/// This host's name.
std::string host_name();

/// The file of the running program.
std::filesystem::path own_program();

/// Writes beside `path`, then renames into place: readers see the old or the new content, never a part.
void write_file_atomically(const std::filesystem::path& path, std::string_view content);

}  // namespace mproc::base
