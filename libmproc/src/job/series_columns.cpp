#include "series_columns.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "mproc/base/error.hpp"
#include "parse.hpp"

namespace mproc::job {
namespace {

/// Gives columns by name, each once.
class ColumnRoles {
 public:
  explicit ColumnRoles(const CsvTable& table) : table_(table), roles_(table.names().size()) {}

  std::size_t take(const std::string& name, std::string_view role) {
    const auto column = table_.find(name);
    if (!column)
      refuse(fmt::format("has no column '{}', which '{}' names{}", printable(name), role,
                         table_.did_you_mean(name)));
    return take(*column, role);
  }
  std::size_t take(std::size_t column, std::string_view role) {
    if (!roles_[column].empty())
      refuse(fmt::format("column '{}' cannot be both '{}' and '{}'", printable(table_.names()[column]),
                         roles_[column], role));
    roles_[column] = role;
    return column;
  }
  std::vector<std::size_t> rest() const {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < roles_.size(); ++i)
      if (roles_[i].empty()) out.push_back(i);
    return out;
  }
  [[noreturn]] void refuse(const std::string& problem) const {
    throw base::UserError(fmt::format("{}: {}", table_.path().string(), problem));
  }

 private:
  const CsvTable& table_;
  std::vector<std::string_view> roles_;  // by column; empty: none yet
};

}  // namespace

void check_commas(const CsvTable& table) {
  for (const char other : {';', '\t'})
    MPROC_CHECK(table.names().size() > 1 || table.names()[0].find(other) == std::string::npos,
                "{}: its columns seem to be separated by {}; convert it to commas, and numbers to points",
                table.path().string(), other == ';' ? "semicolons" : "tabs");
}

SeriesColumns find_columns(const CsvTable& table, const SeriesSpec& spec) {
  check_commas(table);
  ColumnRoles roles(table);
  SeriesColumns out;
  out.id = spec.id.empty() ? roles.take(std::size_t{0}, "id") : roles.take(spec.id, "id");
  if (!spec.sort.empty()) out.sort = roles.take(spec.sort, "sort");
  if (!spec.kind.empty()) out.kind = roles.take(spec.kind, "kind");
  for (const std::string& name : spec.values) out.values.push_back(roles.take(name, "values"));
  if (spec.values.empty()) out.values = roles.rest();
  if (out.values.empty()) roles.refuse("has no column of values beside those of 'id', 'sort' and 'kind'");
  if (out.kind && out.values.size() > 1)
    roles.refuse("has several columns of values; with 'kind', 'value' names the one that counts");
  return out;
}

std::optional<std::string_view> CsvIds::next() {
  while (table_.next()) {
    const std::string_view id = text_at(table_, column_);
    if (id == id_) continue;  // none is empty
    id_ = id;
    return id_;
  }
  return std::nullopt;
}

bool is_missing(const Cell& cell) {
  if (is_blank(cell)) return true;
  const bool maybe_nan = cell.text.ends_with('n') || cell.text.ends_with('N');
  return maybe_nan && std::isnan(as_floating(cell).value_or(0));
}

double value_at(const CsvTable& table, std::size_t column) {
  const Cell& cell = table.cells()[column];
  if (const auto number = as_floating(cell)) return *number;
  if (!is_blank(cell))
    table.refuse_cell(column, "is not a number; a value that is missing is an empty cell, or nan");
  return std::numeric_limits<double>::quiet_NaN();
}

std::string_view text_at(const CsvTable& table, std::size_t column) {
  const Cell& cell = table.cells()[column];
  if (is_missing(cell)) table.refuse_cell(column, "is missing; each row needs one");
  return cell.text;
}

}  // namespace mproc::job
