#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mproc/journal/output_file.hpp"

namespace mproc::journal {

/// A ZIP archive of stored (not compressed) entries, with 64-bit sizes: what an .npz is. Entries are declared
/// with their sizes first, and then written side by side, each in order, so that one pass over the rows fills
/// all.
class ZipFile {
 public:
  explicit ZipFile(OutputFile& file) : file_(&file) {}

  /// All entries are declared before the first write.
  std::size_t declare(std::string name, std::uint64_t size);
  /// What is appended here comes next in that entry: call spill() after it.
  std::string& buffer(std::size_t entry) { return entries_[entry].buffer; }
  void spill(std::size_t entry);
  /// Writes what is left and the directory.
  void finish();

 private:
  struct Entry {
    std::string name;
    std::uint64_t header_offset = 0, size = 0;
    std::uint64_t written = 0;
    std::uint32_t crc = 0;
    std::string buffer;
  };
  void flush(Entry& entry);
  static std::string local_header(const Entry& entry);
  static std::string directory_entry(const Entry& entry);
  std::string end_of_directory(std::uint64_t directory_size) const;

  OutputFile* file_;
  std::vector<Entry> entries_;
  std::uint64_t end_ = 0;
};

/// CRC-32 as ZIP has it, continued from that of what came before.
std::uint32_t crc32(std::uint32_t before, std::string_view bytes);

}  // namespace mproc::journal
