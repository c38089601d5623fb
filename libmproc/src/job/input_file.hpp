#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mproc/base/bytes.hpp"
#include "mproc/base/fd.hpp"

namespace mproc::job {

/// A regular file that is read from front to back, with jumps; memory bounded by a block, or by what extend()
/// was asked to keep. Throws UserError.
class InputFile {
 public:
  static constexpr std::size_t usual_block = std::size_t{256} << 10;
  explicit InputFile(const std::filesystem::path& path, std::size_t block = usual_block);

  /// What has been read and not been taken: some of what comes next, or nothing.
  std::string_view ahead() const { return {block_.data() + at_, filled_ - at_}; }
  /// Makes ahead() longer, which may move it; false where the file ends there.
  bool extend();
  /// Takes the first `size` bytes of ahead().
  void take(std::size_t size) { at_ += size; }
  /// Appends up to the next newline (taken, not appended). False at the end of the file.
  bool get_line(std::string& line);

  std::uint64_t offset() const { return block_start_ + at_; }
  void seek(std::uint64_t offset);
  /// At the beginning: past the mark that some programs put before UTF-8.
  void skip_byte_order_mark();
  std::uint64_t size() const { return size_; }
  const std::filesystem::path& path() const { return path_; }

  /// `size` bytes at `offset`, apart from get(). The view lives until the next call. Throws for a file cut
  /// short.
  base::ByteView at(std::uint64_t offset, std::uint64_t size);
  /// The same, all of `to` to be filled.
  void read(std::uint64_t offset, std::span<std::byte> to) const;

 private:
  std::size_t read_at(std::uint64_t offset, char* to, std::size_t size) const;
  std::size_t read_most(std::uint64_t offset, std::span<std::byte> to) const;
  void check_whole(bool whole) const;

  std::filesystem::path path_;
  base::Fd fd_;
  std::uint64_t size_ = 0;
  std::vector<char, base::DefaultInitAllocator<char>> block_;
  std::uint64_t block_start_ = 0;
  std::size_t at_ = 0, filled_ = 0;
  base::Bytes window_;  // of at()
  std::uint64_t window_start_ = 0;
};

/// Where to take up reading: an item's first byte.
struct Mark {
  std::uint64_t offset = 0, line = 1;
};

/// Marks every so many items, so that a seek reads little: 16 bytes for 4096 items.
class Marks {
 public:
  static constexpr std::uint64_t spacing = 4096;
  /// Item `index` begins at `mark`.
  void note(std::uint64_t index, const Mark& mark) {
    if (index == marks_.size() * spacing) marks_.push_back(mark);
  }
  /// The last marked item that is not behind `index`; item 0 is always marked.
  std::uint64_t before(std::uint64_t index) const {
    return std::min<std::uint64_t>(index / spacing, marks_.size() - 1) * spacing;
  }
  const Mark& at(std::uint64_t marked_index) const { return marks_[marked_index / spacing]; }

 private:
  std::vector<Mark> marks_;
};

}  // namespace mproc::job
