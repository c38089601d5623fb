#include <fmt/format.h>

#include "mproc/base/csv_text.hpp"
#include "mproc/journal/table_layout.hpp"
#include "render_formats.hpp"

namespace mproc::journal {
namespace {

void append_header(std::string& to, const TableLayout& layout) {
  to.append("index,");
  for (const std::string& name : layout.item_columns()) (base::append_csv_text(to, name), to.push_back(','));
  for (const std::string& name : layout.result_columns())
    (base::append_csv_text(to, name), to.push_back(','));
  to.append("status,error\n");
}

}  // namespace

void render_csv(RowSource& rows, OutputFile& file, Rendered& rendered) {
  TableLayout layout(rows, TableLayout::Results::in_columns);
  const std::size_t item_columns = layout.item_columns().size();
  std::string& out = file.buffer();
  append_header(out, layout);
  for_each_row(rows, ".csv", ".pickle", [&](const Row& row) {
    const fmt::format_int index(row.index);
    out.append(index.data(), index.size());
    out.push_back(',');
    const auto& cells = layout.cells(row);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (!cells[i].empty() && i < item_columns)
        append_item(append_csv, out, cells[i], rendered.not_finite, "");
      if (!cells[i].empty() && i >= item_columns) append_csv(out, cells[i], rendered.not_finite);
      out.push_back(',');
    }
    out.append(status_text(row.state));
    out.push_back(',');
    if (row.state == Index::State::failed) base::append_csv_text(out, error_text(row));
    out.push_back('\n');
    file.spill();
  });
}

}  // namespace mproc::journal
