#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "content_hash.hpp"
#include "csv_table.hpp"
#include "data_csv.hpp"
#include "data_files.hpp"
#include "mproc/base/error.hpp"
#include "mproc/base/utf8.hpp"
#include "mproc/job/ndarray.hpp"
#include "parse.hpp"

namespace mproc::job {
namespace {

void append_text(base::Bytes& to, std::string_view text, std::size_t size) {
  const std::size_t end = to.size() + size;
  for (std::size_t offset = 0; offset < text.size();)
    base::append_pod(to, static_cast<std::uint32_t>(base::next_code_point(text, offset)));
  to.resize(end, std::byte{0});
}

template <class T>
bool append_number(base::Bytes& to, const std::optional<T>& number) {
  if (number) base::append_pod(to, *number);
  return number.has_value();
}

bool append_element(base::Bytes& to, const Cell& cell, const std::string& dtype) {
  switch (dtype[1]) {
    case 'b':
      return append_number(to, as_boolean(cell));
    case 'i':
      return append_number(to, as_integer(cell));
    case 'f':
      return append_number(to, as_number(cell));
    default:
      append_text(to, cell.text, *itemsize(dtype));
      return true;
  }
}

/// Where in a row the array's columns are, and their types.
std::vector<std::pair<std::size_t, std::string>> array_columns(const DataFile& file, const CsvTable& table) {
  std::vector<std::pair<std::size_t, std::string>> out;
  for (const auto& [name, dtype] : file.array.fields) out.emplace_back(out.size(), dtype);
  for (const std::string& name : file.columns) {
    const auto column = table.find(name);
    MPROC_CHECK(column, "{}: has no column '{}' any more", file.path.string(), printable(name));
    out.emplace_back(*column, file.array.dtype);
  }
  return out;
}

}  // namespace

void ColumnType::see(const Cell& cell) {
  guess_.see(cell);
  longest_ = std::max(longest_, base::count_code_points(cell.text));
  blanks_ = blanks_ || is_blank(cell);
  beyond_64_bits_ = beyond_64_bits_ || (!is_blank(cell) && !as_integer(cell));
}

std::string ColumnType::dtype() const {
  const CellType type = guess_.type();
  if (type == CellType::boolean && !blanks_) return "|b1";
  if (type == CellType::integer && !beyond_64_bits_) return blanks_ ? "<f8" : "<i8";
  if (type == CellType::floating) return "<f8";
  return fmt::format("<U{}", std::max<std::uint64_t>(longest_, 1));
}

std::optional<double> as_number(const Cell& cell) {
  if (is_blank(cell)) return std::numeric_limits<double>::quiet_NaN();
  if (const auto number = as_floating(cell)) return number;
  const auto truth = as_boolean(cell);
  return truth ? std::optional<double>(*truth) : std::nullopt;
}

void describe_csv(DataFile& file) {
  CsvTable table(file.path, data_delimiter);
  std::vector<ColumnType> columns(table.names().size());
  std::uint64_t rows = 0;
  for (; table.next(); ++rows)
    for (std::size_t i = 0; i < columns.size(); ++i) columns[i].see(table.cells()[i]);
  for (std::size_t i = 0; i < columns.size(); ++i)
    file.array.fields.emplace_back(table.names()[i], columns[i].dtype());
  file.array.shape = {rows};
  file.hash = file_hash(file.path);
}

void read_csv(const DataFile& file, const std::function<void(base::ByteView)>& piece) {
  CsvTable table(file.path, data_delimiter);
  const auto columns = array_columns(file, table);
  base::Bytes rows;
  while (table.next()) {
    for (const auto& [column, dtype] : columns)
      if (!append_element(rows, table.cells().at(column), dtype))
        table.refuse_cell(column, "is not of type " + dtype);
    if (rows.size() < piece_bytes) continue;
    piece(rows);
    rows.clear();
  }
  piece(rows);
}

}  // namespace mproc::job
