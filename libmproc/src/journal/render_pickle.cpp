#include "mproc/journal/table_layout.hpp"
#include "pickle_stream.hpp"
#include "render_formats.hpp"

namespace mproc::journal {

/// A list of one dict a row: index, the item's columns, result (whole, also when it is a dict), status,
/// error.
void render_pickle(RowSource& rows, OutputFile& file) {
  constexpr std::uint64_t rows_in_batch = 1000;  // they wait on the unpickler's stack
  TableLayout layout(rows, TableLayout::Results::whole);
  std::vector<std::string> names = layout.item_columns();
  names.insert(names.end(), layout.result_columns().begin(), layout.result_columns().end());
  PickleStream pickle(file.buffer());
  pickle.start();
  pickle.start_list();
  for_each_row(rows, ".pickle", ".jsonl", [&](const Row& row) {
    if (row.index > 0 && row.index % rows_in_batch == 0) pickle.next_batch();
    pickle.start_dict();
    pickle.name("index");
    pickle.integer(static_cast<std::int64_t>(row.index));
    const auto& cells = layout.cells(row);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      pickle.name(names[i]);
      cells[i].empty() ? pickle.none() : pickle.value(cells[i]);
    }
    pickle.name("status");
    pickle.name(status_text(row.state));
    pickle.name("error");
    row.state == Index::State::failed ? pickle.text(error_text(row)) : pickle.none();
    pickle.end_dict();
    file.spill();
  });
  pickle.end_list();
  pickle.stop();
}

}  // namespace mproc::journal
