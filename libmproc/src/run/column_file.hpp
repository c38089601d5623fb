#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mproc/base/new_file.hpp"

namespace mproc::run {

/// A matrix that comes row by row and is wanted column by column, in a file without a name: it need not fit
/// in memory.
class ColumnFile {
 public:
  /// Throws SystemError where no file can be made.
  ColumnFile(std::uint64_t rows, std::size_t columns);
  void append(std::span<const double> row);
  /// After the last row.
  void finish() { write_block(); }
  std::vector<double> column(std::size_t column) const;

 private:
  void write_block();

  base::NewFile file_;
  std::uint64_t rows_, written_ = 0;
  std::size_t columns_, in_block_ = 0;
  std::vector<double> block_;  // of rows, column by column
};

}  // namespace mproc::run
