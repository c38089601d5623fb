#include <fmt/format.h>

#include <algorithm>

#include "mproc/base/utf8.hpp"
#include "mproc/journal/table_layout.hpp"
#include "npz_column.hpp"
#include "render_formats.hpp"

namespace mproc::journal {
namespace {

constexpr std::uint64_t status_length = 7;  // "pending": the same type whatever happened

class Archive {
 public:
  Archive(RowSource& rows, OutputFile& file)
      : rows_(&rows), layout_(rows, TableLayout::Results::in_columns), zip_(file) {
    for (const std::string& name : layout_.item_columns()) columns_.emplace_back(name, NpzColumn::Of::items);
    for (const std::string& name : layout_.result_columns())
      columns_.emplace_back(name, NpzColumn::Of::results);
  }

  void write() {
    learn();
    for (NpzColumn& column : columns_) column.settle();
    survey();
    declare();
    for_each([&](const Row& row, const std::vector<base::ByteView>& cells) { write_row(row, cells); });
    zip_.finish();
  }

 private:
  template <class Use>
  void for_each(Use use) {
    for_each_row(*rows_, ".npz", ".pickle or .jsonl", [&](const Row& row) { use(row, layout_.cells(row)); });
  }

  void learn() {
    for_each([&](const Row& row, const std::vector<base::ByteView>& cells) {
      for (std::size_t i = 0; i < cells.size(); ++i) columns_[i].learn(cells[i]);
      if (row.state == Index::State::failed)
        error_length_ = std::max(error_length_, base::count_code_points(error_text(row)));
    });
  }

  void survey() {
    if (std::none_of(columns_.begin(), columns_.end(), [](const NpzColumn& c) { return c.needs_survey(); }))
      return;
    for_each([&](const Row& row, const std::vector<base::ByteView>& cells) {
      for (std::size_t i = 0; i < cells.size(); ++i) columns_[i].survey(row.index, cells[i]);
    });
  }

  void declare() {
    const std::uint64_t rows = rows_->total();
    index_ = declare_array(zip_, "index", "<i8", {rows}, 8);
    for (NpzColumn& column : columns_) column.declare(zip_, rows);
    status_ = declare_array(zip_, "status", fmt::format("<U{}", status_length), {rows}, 4 * status_length);
    error_ = declare_array(zip_, "error", fmt::format("<U{}", error_length_), {rows}, 4 * error_length_);
  }

  void write_row(const Row& row, const std::vector<base::ByteView>& cells) {
    zip_.buffer(index_).append(reinterpret_cast<const char*>(&row.index), sizeof row.index);
    append_fixed_text(zip_.buffer(status_), status_text(row.state), status_length);
    append_fixed_text(zip_.buffer(error_), error_text(row), error_length_);
    for (const std::size_t entry : {index_, status_, error_}) zip_.spill(entry);
    for (std::size_t i = 0; i < cells.size(); ++i) columns_[i].write(zip_, cells[i]);
  }

  RowSource* rows_;
  TableLayout layout_;
  ZipFile zip_;
  std::vector<NpzColumn> columns_;
  std::uint64_t error_length_ = 1;
  std::size_t index_ = 0, status_ = 0, error_ = 0;
};

}  // namespace

void render_npz(RowSource& rows, OutputFile& file) {
  Archive(rows, file).write();
}

}  // namespace mproc::journal
