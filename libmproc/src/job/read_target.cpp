#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "csv_table.hpp"
#include "mproc/base/error.hpp"
#include "mproc/job/fresh.hpp"
#include "series_columns.hpp"

namespace mproc::job {
namespace {

using kernels::fresh::TargetColumn;

std::size_t find_column(const CsvTable& table, const std::string& name) {
  const auto found = std::find(table.names().begin(), table.names().end(), name);
  MPROC_CHECK(found != table.names().end(), "{}: has no column '{}'; it has {}", table.path().string(), name,
              fmt::join(table.names(), ", "));
  return static_cast<std::size_t>(found - table.names().begin());
}

/// Where they are not named: the first, and of two the other one.
std::pair<std::size_t, std::size_t> columns_of(const CsvTable& table, const Select& select) {
  const std::size_t id = select.id.empty() ? 0 : find_column(table, select.id);
  if (!select.column.empty()) return {id, find_column(table, select.column)};
  const std::size_t columns = table.names().size();
  MPROC_CHECK(columns > 1, "{}: has one column, and needs two: ids, and what features are selected for",
              table.path().string());
  MPROC_CHECK(columns == 2, "{}: has {} columns; say by fresh.select.column which is selected for",
              table.path().string(), columns);
  return {id, 1 - id};
}

template <class Value, class Read>
std::vector<Value> read_all(const std::vector<std::string>& cells, const Read& read) {
  std::vector<Value> out;
  out.reserve(cells.size());
  for (const std::string& cell : cells) out.push_back(static_cast<Value>(*read(Cell{cell, false})));
  return out;
}

TargetColumn typed(const std::vector<std::string>& cells, CellType type) {
  if (type == CellType::boolean) return read_all<bool>(cells, as_boolean);
  if (type == CellType::integer) return read_all<std::int64_t>(cells, as_integer);
  if (type == CellType::floating) return read_all<double>(cells, as_floating);
  return cells;
}

}  // namespace

TargetTable read_target(const Select& select) {
  CsvTable table(select.target, ',');
  check_commas(table);
  const auto [id, column] = columns_of(table, select);
  MPROC_CHECK(id != column, "{}: fresh.select.id and fresh.select.column are the same column",
              select.target.string());
  TargetTable out;
  std::set<std::string> known;
  std::vector<std::string> cells;
  TypeGuess guess;
  while (table.next()) {
    const Cell &key = table.cells()[id], &value = table.cells()[column];
    if (!known.emplace(key.text).second) table.refuse_row(fmt::format("id '{}' comes twice", key.text));
    if (is_blank(value)) table.refuse_cell(column, "is no value");
    out.ids.emplace_back(key.text);
    cells.emplace_back(value.text);
    guess.see(value);
  }
  MPROC_CHECK(!cells.empty(), "{}: has no rows", select.target.string());
  out.values = typed(cells, guess.type());
  return out;
}

}  // namespace mproc::job
