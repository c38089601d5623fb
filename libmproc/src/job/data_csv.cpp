#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "csv_table.hpp"
#include "data_files.hpp"
#include "mproc/base/error.hpp"
#include "mproc/base/utf8.hpp"
#include "mproc/job/ndarray.hpp"

namespace mproc::job {
namespace {

constexpr char delimiter = ',';

/// What NumPy's type of a column has to hold.
class Column {
 public:
  void see(const Cell& cell) {
    guess_.see(cell);
    longest_ = std::max(longest_, base::count_code_points(cell.text));
    blanks_ = blanks_ || is_blank(cell);
    beyond_64_bits_ = beyond_64_bits_ || (!is_blank(cell) && !as_integer(cell));
  }
  /// Numbers have NaN for an empty cell where they are floats. Text keeps what no other type could.
  std::string dtype() const {
    const CellType type = guess_.type();
    if (type == CellType::boolean && !blanks_) return "|b1";
    if (type == CellType::integer && !beyond_64_bits_) return blanks_ ? "<f8" : "<i8";
    if (type == CellType::floating) return "<f8";
    return fmt::format("<U{}", std::max<std::uint64_t>(longest_, 1));
  }

 private:
  TypeGuess guess_;
  std::uint64_t longest_ = 0;
  bool blanks_ = false, beyond_64_bits_ = false;
};

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
      return append_number(to, is_blank(cell) ? std::numeric_limits<double>::quiet_NaN() : as_floating(cell));
    default:
      append_text(to, cell.text, *itemsize(dtype));
      return true;
  }
}

}  // namespace

ArraySpec describe_csv(const std::filesystem::path& path) {
  CsvTable table(path, delimiter);
  std::vector<Column> columns(table.names().size());
  std::uint64_t rows = 0;
  for (; table.next(); ++rows)
    for (std::size_t i = 0; i < columns.size(); ++i) columns[i].see(table.cells()[i]);
  ArraySpec array;
  for (std::size_t i = 0; i < columns.size(); ++i)
    array.fields.emplace_back(table.names()[i], columns[i].dtype());
  array.shape = {rows};
  return array;
}

void read_csv(const DataFile& file, const std::function<void(base::ByteView)>& piece) {
  CsvTable table(file.path, delimiter);
  const auto& fields = file.array.fields;
  base::Bytes rows;
  while (table.next()) {
    for (std::size_t i = 0; i < fields.size(); ++i)
      if (!append_element(rows, table.cells().at(i), fields[i].second))
        table.refuse_cell(i, "is not of type " + fields[i].second);
    if (rows.size() < piece_bytes) continue;
    piece(rows);
    rows.clear();
  }
  piece(rows);
}

}  // namespace mproc::job
