#include <fmt/format.h>

#include "mproc/journal/table_layout.hpp"
#include "render_formats.hpp"

namespace mproc::journal {
namespace {

/// ,"name": for every column, made once.
std::vector<std::string> labels_of(const TableLayout& layout) {
  std::vector<std::string> labels;
  const auto add = [&labels](const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      labels.emplace_back(",");
      append_json_text(labels.back(), name);
      labels.back().push_back(':');
    }
  };
  add(layout.item_columns());
  add(layout.result_columns());
  return labels;
}

}  // namespace

void render_jsonl(RowSource& rows, OutputFile& file, Rendered& rendered) {
  TableLayout layout(rows, TableLayout::Results::in_columns);
  const std::vector<std::string> labels = labels_of(layout);
  const std::size_t item_columns = layout.item_columns().size();
  std::string& out = file.buffer();
  for_each_row(rows, ".jsonl", ".pickle", [&](const Row& row) {
    const fmt::format_int index(row.index);
    out.append("{\"index\":").append(index.data(), index.size());
    const auto& cells = layout.cells(row);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      out.append(labels[i]);
      if (cells[i].empty())
        out.append("null");
      else if (i < item_columns)
        append_item(append_json, out, cells[i], rendered.not_finite, "null");
      else
        append_json(out, cells[i], rendered.not_finite);
    }
    out.append(",\"status\":\"").append(status_text(row.state)).append("\",\"error\":");
    if (row.state == Index::State::failed)
      append_json_text(out, error_text(row));
    else
      out.append("null");
    out.append("}\n");
    file.spill();
  });
}

}  // namespace mproc::journal
