#pragma once

#include <span>

#include "csv_table.hpp"

namespace mproc::job {

/// What a column of values of any type holds.
struct CsvValues {
  std::string dtype;
  bool real = false;             ///< numbers with fractions, among which empty cells are NaN
  std::uint64_t blank_line = 0;  ///< of the first empty cell; 0: none
};

struct CsvLook {
  std::uint64_t rows = 0;
  std::vector<CsvValues> values;
};

/// Reads the table to its end: columns of `features`, whose cells have to be numbers or empty (or truths, all
/// of a column), and of `values`. Throws UserError "FILE:LINE: ...".
CsvLook look_through_columns(CsvTable& table, std::span<const std::size_t> features,
                             std::span<const std::size_t> values);

}  // namespace mproc::job
