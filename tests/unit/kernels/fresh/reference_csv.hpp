#pragma once

#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace mproc::kernels::fresh {

/// A table of reference values: cells as they are written.
struct ReferenceTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;

  /// The place of a column, which must be there.
  std::size_t column(std::string_view name) const {
    const auto at = std::find(header.begin(), header.end(), name);
    if (at == header.end()) throw std::runtime_error("no reference column " + std::string(name));
    return static_cast<std::size_t>(at - header.begin());
  }
};

/// A cell's number: "nan" and "inf" are numbers, too, an empty cell is none.
inline double reference_number(const std::string& cell) {
  char* end = nullptr;
  const double number = std::strtod(cell.c_str(), &end);
  if (cell.empty() || *end != '\0') throw std::runtime_error("no reference number: '" + cell + "'");
  return number;
}

inline std::string unpacked_reference(const std::string& path) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose);
  if (!file) throw std::runtime_error("cannot open " + path);
  std::string text;
  std::vector<char> piece(1 << 16);
  int got = 0;
  while ((got = gzread(file.get(), piece.data(), static_cast<unsigned>(piece.size()))) > 0)
    text.append(piece.data(), static_cast<std::size_t>(got));
  if (got < 0) throw std::runtime_error("cannot unpack " + path);
  return text;
}

/// data/NAME.csv.gz: RFC 4180 with a header; every line ends in a newline.
inline ReferenceTable read_table(const std::string& name) {
  const std::string text = unpacked_reference(MPROC_REFERENCE_DATA "/" + name + ".csv.gz");
  std::vector<std::vector<std::string>> rows(1);
  std::string cell;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
      cell += text[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == ',' || c == '\n')) {
      rows.back().push_back(std::move(cell));
      cell.clear();
      if (c == '\n') rows.emplace_back();
    } else if (quoted || c != '\r') {
      cell += c;
    }
  }
  rows.pop_back();
  ReferenceTable table;
  table.header = std::move(rows.at(0));
  table.rows.assign(std::make_move_iterator(rows.begin() + 1), std::make_move_iterator(rows.end()));
  for (const auto& row : table.rows)
    if (row.size() != table.header.size()) throw std::runtime_error("a torn row in reference " + name);
  return table;
}

}  // namespace mproc::kernels::fresh
