#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "input_file.hpp"

namespace mproc::job {

struct Cell {
  std::string_view text;
  bool quoted = false;
};

/// Records of a CSV file (RFC 4180; \n and \r\n; quotes may span lines). Lines that are blank are skipped.
/// Throws UserError "FILE:LINE: ...".
class CsvReader {
 public:
  CsvReader(InputFile& file, char delimiter);
  /// False at the end of the file.
  bool next();
  /// Of the last record; their texts live until the next one.
  const std::vector<Cell>& cells() const { return cells_; }
  /// Of the last record, or the file's end.
  const Mark& start() const { return start_; }
  /// Behind the last record.
  Mark behind() const { return {file_.offset(), line_}; }
  void seek(const Mark& mark);
  [[noreturn]] void fail(std::uint64_t line, const std::string& problem) const;

 private:
  bool read_record();
  std::size_t split(std::string_view text, bool whole);
  const char* split_quoted(const char* at, const char* end, bool whole);
  const char* end_of_plain(const char* at, const char* end) const;

  InputFile& file_;
  char delimiter_;
  std::uint64_t line_ = 1;
  Mark start_;
  std::vector<Cell> cells_;
  std::uint64_t newlines_ = 0;         // of the last record
  std::deque<std::string> unescaped_;  // texts that are not in the file as they are
};

enum class CellType { boolean, integer, floating, text };
std::string_view name(CellType type);

/// What a column's cells have in common; empty cells say nothing.
class TypeGuess {
 public:
  void see(const Cell& cell);
  CellType type() const;

 private:
  bool boolean_ = true, integer_ = true, floating_ = true, any_ = false;
};

/// The cell's number or truth, blanks around it aside; nothing for what is none. Integers: what 64 bits hold.
std::optional<std::int64_t> as_integer(const Cell& cell);
std::optional<double> as_floating(const Cell& cell);
std::optional<bool> as_boolean(const Cell& cell);
bool is_blank(const Cell& cell);
/// Without the blanks around it.
std::string_view trimmed(std::string_view text);

/// Appends the cell as its column's type: an empty one as nil (a quoted empty text is an empty string). False
/// when it is not of that type.
bool append_cell(base::Bytes& to, const Cell& cell, CellType type);

}  // namespace mproc::job
