#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "csv.hpp"

namespace mproc::job {

/// A CSV file with a header: rows of as many cells as there are columns. Throws UserError "FILE:LINE: ...".
class CsvTable {
 public:
  /// Reads the header, whose names differ and are not empty.
  CsvTable(const std::filesystem::path& path, char delimiter);

  const std::vector<std::string>& names() const { return names_; }
  std::optional<std::size_t> find(std::string_view column) const;
  /// "; did you mean 'id'?" or empty, for a column that is not there.
  std::string did_you_mean(std::string_view column) const;
  /// False at the end of the file.
  bool next();
  /// Of the last row; their texts live until the next one.
  const std::vector<Cell>& cells() const { return reader_.cells(); }
  /// Of the last row, or the file's end.
  const Mark& start() const { return reader_.start(); }
  /// Behind the last row.
  Mark behind() const { return reader_.behind(); }
  void seek(const Mark& mark) { reader_.seek(mark); }
  /// The last row's cell in that column is not what it has to be: "is not of type int".
  [[noreturn]] void refuse_cell(std::size_t column, std::string_view problem) const;
  [[noreturn]] void refuse_row(const std::string& problem) const;
  const std::filesystem::path& path() const { return file_.path(); }

 private:
  InputFile file_;
  CsvReader reader_;
  std::vector<std::string> names_;
};

}  // namespace mproc::job
