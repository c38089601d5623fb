#include <fmt/format.h>

#include "parse.hpp"
#include "series_columns.hpp"
#include "series_reader.hpp"

namespace mproc::job {
namespace {

/// A file whose rows are series.
class WideReader : public MarkedReader {
 public:
  explicit WideReader(std::unique_ptr<CsvTable> table, SeriesColumns columns)
      : MarkedReader(table->behind(), file_spacing), table_(std::move(table)), columns_(std::move(columns)) {}

  const std::vector<std::string>& names() const override { return names_; }
  bool timed() const override { return false; }

 private:
  bool read(SeriesGroup& group, SeriesPlace& at) override {
    table_->seek(at.mark);
    if (!table_->next()) return false;
    group.id = text_at(*table_, columns_.id);
    group.series.resize(1);
    group.series[0].name = names_[0];
    group.series[0].hours.clear();
    read_values(group.series[0].values);
    if (!seen_.add(at.group, group.id))
      table_->refuse_cell(columns_.id, "comes twice; a row is the whole series of an id");
    at.mark = table_->behind();
    return true;
  }

  void read_values(std::vector<double>& values) const {
    const auto& columns = columns_.values;
    std::size_t length = columns.size();
    while (length > 0 && is_blank(table_->cells()[columns[length - 1]])) --length;
    if (length == 0) table_->refuse_row("has no values");
    values.clear();
    for (std::size_t i = 0; i < length; ++i) values.push_back(value_at(*table_, columns[i]));
  }

  std::unique_ptr<CsvTable> table_;
  SeriesColumns columns_;
  std::vector<std::string> names_{"value"};
  SeenIds seen_;
};

}  // namespace

std::unique_ptr<SeriesReader> open_wide_series(const SeriesSpec& spec) {
  auto table = std::make_unique<CsvTable>(spec.input, ',');
  SeriesColumns columns = find_columns(*table, spec);
  return std::make_unique<WideReader>(std::move(table), std::move(columns));
}

}  // namespace mproc::job
