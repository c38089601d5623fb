#include "series_rows.hpp"

#include <cmath>

#include "series_order.hpp"

namespace mproc::job {

SeriesRows::SeriesRows(const SeriesSpec& spec)
    : table_(spec.input, ','), columns_(find_columns(table_, spec)) {
  if (!columns_.kind)
    for (const std::size_t column : columns_.values) layout_.names.push_back(table_.names()[column]);
  layout_.sorted = columns_.sort.has_value();
  row_.values.resize(columns_.values.size());
  look_at_first_row();
}

/// Whether the sort column has numbers or times, its first cell says.
void SeriesRows::look_at_first_row() {
  if (table_.next() && columns_.sort) {
    const Cell& cell = table_.cells()[*columns_.sort];
    layout_.timed = parse_time(trimmed(cell.text)).has_value();
    if (!layout_.timed && !as_floating(cell) && !is_missing(cell))
      table_.refuse_cell(*columns_.sort, "is neither a number nor a date and time as 2026-11-23T09:30:00");
  }
  table_.seek(table_.start());
}

bool SeriesRows::next() {
  if (!table_.next()) return false;
  row_.id = text_at(table_, columns_.id);
  if (columns_.kind) row_.kind = text_at(table_, *columns_.kind);
  if (columns_.sort) row_.order = order();
  for (std::size_t i = 0; i < row_.values.size(); ++i) row_.values[i] = value_at(table_, columns_.values[i]);
  return true;
}

std::uint64_t SeriesRows::order() const {
  const std::size_t column = *columns_.sort;
  const Cell& cell = table_.cells()[column];
  if (layout_.timed) {
    if (const auto time = parse_time(trimmed(cell.text))) return time_order(*time);
  } else {
    if (const auto number = as_floating(cell); number && !std::isnan(*number)) return number_order(*number);
  }
  if (is_missing(cell)) table_.refuse_cell(column, "is missing; each row needs one");
  table_.refuse_cell(column, layout_.timed
                                 ? "is not a date and time as 2026-11-23T09:30:00, as the first row has"
                                 : "is not a number, as the first row has");
}

}  // namespace mproc::job
