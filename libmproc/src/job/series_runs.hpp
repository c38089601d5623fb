#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "mproc/base/bytes.hpp"
#include "mproc/base/new_file.hpp"

namespace mproc::job {

/// A row with numbers for its id and its kind; its values come behind it.
struct StoredRow {
  std::uint32_t group = 0, kind = 0;
  std::uint64_t order = 0;
};

/// Rows in a file that has no name: in runs, each of rows whose groups ascend, in the order in which they
/// came.
struct RunFile {
  struct Run {
    std::uint64_t first = 0, rows = 0;
  };
  RunFile(const std::filesystem::path& scratch, std::size_t values);
  /// Throws SystemError.
  void read(std::uint64_t row, std::span<std::byte> to) const;

  base::NewFile file;
  std::size_t row_bytes;
  std::vector<Run> runs;
};

/// Collects rows in memory, and writes them as a run when it is full. Throws SystemError.
class RunWriter {
 public:
  RunWriter(RunFile& file, std::size_t memory);
  void add(const StoredRow& row, std::span<const double> values);
  /// Writes what is left.
  void flush();

 private:
  struct Entry {
    std::uint32_t group, row;
    friend auto operator<=>(const Entry&, const Entry&) = default;
  };

  RunFile& file_;
  std::size_t most_rows_;
  std::vector<Entry> entries_;
  base::Bytes rows_;
};

/// Reads one run's rows, a block at a time. Throws SystemError.
class RunCursor {
 public:
  RunCursor(const RunFile& file, const RunFile::Run& run, std::size_t block_bytes);
  /// Makes the first row of `group`, or of one behind it, the next one.
  void seek(std::uint32_t group);
  bool at_end() const { return next_ == run_.rows; }
  StoredRow row();
  /// Into `to`, the next row's.
  void values(std::span<double> to);
  void pop() { ++next_; }

 private:
  const std::byte* next_bytes();

  const RunFile& file_;
  RunFile::Run run_;
  std::uint64_t next_ = 0;         // row of the run
  std::uint64_t block_first_ = 0;  // row of the run
  std::size_t block_rows_;
  base::Bytes block_;
};

}  // namespace mproc::job
