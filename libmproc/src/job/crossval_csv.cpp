#include "crossval_csv.hpp"

#include "data_csv.hpp"

namespace mproc::job {
namespace {

/// Refuses cells that are no numbers, and numbers among truths.
class FeatureColumn {
 public:
  explicit FeatureColumn(std::size_t column) : column_(column) {}
  void see(const CsvTable& table) {
    const Cell& cell = table.cells()[column_];
    if (is_blank(cell)) return;
    const Is is = as_floating(cell) ? Is::number : as_boolean(cell) ? Is::truth : Is::text;
    if (is == Is::text || (all_ != Is::text && all_ != is))
      table.refuse_cell(column_, "is not a number; leave the column out by columns = [...], or encode it");
    all_ = is;
  }

 private:
  enum class Is { text, number, truth };
  std::size_t column_;
  Is all_ = Is::text;  // none seen
};

}  // namespace

CsvLook look_through_columns(CsvTable& table, std::span<const std::size_t> features,
                             std::span<const std::size_t> values) {
  std::vector<FeatureColumn> numbers(features.begin(), features.end());
  std::vector<ColumnType> types(values.size());
  CsvLook look;
  look.values.resize(values.size());
  for (; table.next(); ++look.rows) {
    for (FeatureColumn& column : numbers) column.see(table);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const Cell& cell = table.cells()[values[i]];
      types[i].see(cell);
      if (look.values[i].blank_line == 0 && is_blank(cell)) look.values[i].blank_line = table.start().line;
    }
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    look.values[i].dtype = types[i].dtype();
    look.values[i].real = types[i].type() == CellType::floating;
  }
  return look;
}

}  // namespace mproc::job
