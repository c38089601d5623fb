#include "csv_table.hpp"

#include <fmt/format.h>

#include <unordered_set>

#include "mproc/base/error.hpp"
#include "mproc/base/nearest.hpp"
#include "parse.hpp"

namespace mproc::job {

CsvTable::CsvTable(const std::filesystem::path& path, char delimiter)
    : file_(path), reader_(file_, delimiter) {
  MPROC_CHECK(reader_.next(), "{}: the file is empty", file_.path().string());
  std::unordered_set<std::string_view> known;  // a wide table of series has very many
  for (const Cell& cell : reader_.cells()) {
    if (cell.text.empty())
      reader_.fail(reader_.start().line,
                   fmt::format("column {} has no name; name it, or leave it out", names_.size() + 1));
    if (!known.insert(cell.text).second)
      reader_.fail(reader_.start().line, fmt::format("column '{}' twice", printable(cell.text)));
    names_.emplace_back(cell.text);
  }
}

std::optional<std::size_t> CsvTable::find(std::string_view column) const {
  const auto found = std::find(names_.begin(), names_.end(), column);
  if (found == names_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names_.begin());
}

std::string CsvTable::did_you_mean(std::string_view column) const {
  return base::did_you_mean(column, std::vector<std::string_view>(names_.begin(), names_.end()));
}

bool CsvTable::next() {
  if (!reader_.next()) return false;
  const std::size_t cells = reader_.cells().size();
  if (cells != names_.size())
    refuse_row(fmt::format("has {} cell{}, the header has {}", cells, cells == 1 ? "" : "s", names_.size()));
  return true;
}

void CsvTable::refuse_cell(std::size_t column, std::string_view problem) const {
  constexpr std::size_t longest = 40;
  const std::string_view text = cells()[column].text;
  const std::string shown = printable(text.substr(0, longest)) + (text.size() > longest ? "..." : "");
  refuse_row(fmt::format("column '{}': \"{}\" {}", printable(names_[column]), shown, problem));
}

void CsvTable::refuse_row(const std::string& problem) const {
  reader_.fail(start().line, problem);
}

}  // namespace mproc::job
