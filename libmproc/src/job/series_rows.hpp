#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "series_columns.hpp"

namespace mproc::job {

/// A row of the long format.
struct SeriesRow {
  std::string_view id, kind;   ///< live until the next row; no kind without a column of them
  std::uint64_t order = 0;     ///< compares as what is in the sort column; 0 without one
  std::vector<double> values;  ///< by series; the one of a kind
};

/// What a file in the long format says of its series.
struct SeriesLayout {
  std::vector<std::string> names;  ///< of the series that every id has; empty with kinds
  bool sorted = false;             ///< there is a sort column
  bool timed = false;              ///< which has dates and times
};

/// The rows of a file in the long format. Throws UserError "FILE:LINE: ...".
class SeriesRows {
 public:
  explicit SeriesRows(const SeriesSpec& spec);

  const SeriesLayout& layout() const { return layout_; }
  /// False at the end of the file.
  bool next();
  const SeriesRow& row() const { return row_; }
  /// Of the last row, or the file's end; before there is any, of the first one.
  const Mark& start() const { return table_.start(); }
  void seek(const Mark& mark) { table_.seek(mark); }
  const std::filesystem::path& path() const { return table_.path(); }

 private:
  void look_at_first_row();
  std::uint64_t order() const;

  CsvTable table_;
  SeriesColumns columns_;
  SeriesLayout layout_;
  SeriesRow row_;
};

}  // namespace mproc::job
