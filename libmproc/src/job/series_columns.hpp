#pragma once

#include <optional>
#include <vector>

#include "csv_table.hpp"
#include "mproc/job/series.hpp"

namespace mproc::job {

/// The columns of a table by what they are for.
struct SeriesColumns {
  std::size_t id = 0;
  std::optional<std::size_t> sort, kind;
  std::vector<std::size_t> values;
};

/// Throws UserError for a table whose header seems to be separated by something else.
void check_commas(const CsvTable& table);

/// Throws UserError "FILE: ..." where the header does not have them.
SeriesColumns find_columns(const CsvTable& table, const SeriesSpec& spec);

/// Whether an id, sort or kind is missing: an empty cell, or "nan".
bool is_missing(const Cell& cell);

// Of the table's last row. Throw UserError "FILE:LINE: ...".
/// A cell of values; NaN for an empty one.
double value_at(const CsvTable& table, std::size_t column);
/// An id, or a kind.
std::string_view text_at(const CsvTable& table, std::size_t column);

/// The ids of a .csv file, row by row.
class CsvIds {
 public:
  explicit CsvIds(const SeriesSpec& spec) : table_(spec.input, ','), column_(find_columns(table_, spec).id) {}
  /// The next one that differs from the one before; nothing at the end. Lives until the next call.
  std::optional<std::string_view> next();

 private:
  CsvTable table_;
  std::size_t column_;
  std::string id_;
};

}  // namespace mproc::job
