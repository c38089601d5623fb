#pragma once

#include <filesystem>
#include <string>

#include "mproc/base/fd.hpp"

namespace mproc::base {

/// A file that takes the place of `path` once it is complete: readers see the old or the new content, never a
/// part. Until then it has no name, so that a process that is killed leaves nothing; where the file system
/// has no files without one, it is called "PATH.part.PID".
class NewFile {
 public:
  /// Opened for reading and writing. What cannot be opened is false; errno says why.
  explicit NewFile(std::filesystem::path path);
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  explicit operator bool() const { return static_cast<bool>(fd_); }
  int fd() const { return fd_.get(); }
  /// For messages, also where the file has no name yet.
  const std::string& name() const { return beside_; }
  /// Throws SystemError.
  void replace();

 private:
  std::filesystem::path path_;
  std::string beside_;
  Fd fd_;
  bool named_ = false;
};

}  // namespace mproc::base
