#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "csv.hpp"

namespace mproc::job {

inline constexpr char data_delimiter = ',';

/// What NumPy's type of a column has to hold.
class ColumnType {
 public:
  void see(const Cell& cell);
  /// Numbers have NaN for an empty cell where they are floats. Text keeps what no other type could.
  std::string dtype() const;
  /// Of the cells that are not empty.
  CellType type() const { return guess_.type(); }

 private:
  TypeGuess guess_;
  std::uint64_t longest_ = 0;
  bool blanks_ = false, beyond_64_bits_ = false;
};

/// An empty cell as NaN, truths as 1 and 0; nothing for text.
std::optional<double> as_number(const Cell& cell);

}  // namespace mproc::job
