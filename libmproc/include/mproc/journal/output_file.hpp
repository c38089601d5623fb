#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "mproc/base/bytes.hpp"
#include "mproc/base/fd.hpp"
#include "mproc/base/new_file.hpp"

namespace mproc::journal {

/// An output, written beside its path and renamed into place by commit(); without it the part is removed. "-"
/// is standard output; what exists and is no regular file (a pipe, /dev/null) is written directly. Throws
/// UserError for a path that cannot be written to, SystemError for the disk.
class OutputFile {
 public:
  explicit OutputFile(const std::filesystem::path& path);

  /// What is appended here is written in large pieces: call spill() now and then.
  std::string& buffer() { return buffer_; }
  void spill() {
    if (buffer_.size() >= spill_size) flush();
  }
  /// For those who know their places: npz.
  void write_at(std::uint64_t offset, base::ByteView bytes);
  void commit();

 private:
  static constexpr std::size_t spill_size = std::size_t{1} << 20;
  void flush();

  std::filesystem::path path_;
  std::string name_;  // of what is being written
  std::optional<base::NewFile> beside_;
  base::Fd owned_;
  int fd_ = -1;
  std::string buffer_;
};

}  // namespace mproc::journal
