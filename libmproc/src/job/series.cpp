#include "mproc/job/series.hpp"

#include <fmt/format.h>

#include <limits>
#include <unordered_set>

#include "series_columns.hpp"
#include "series_reader.hpp"

namespace mproc::job {
namespace {

enum class SeriesFormat { rows, wide, matrix };

/// The format, of which the spec says nothing that it does not have.
SeriesFormat format_of(const SeriesSpec& spec) {
  const std::string file = spec.input.string(), suffix = spec.input.extension().string();
  if (suffix == ".npy") {
    MPROC_CHECK(spec.id.empty() && spec.sort.empty() && spec.kind.empty() && spec.values.empty(),
                "{}: an array has no columns with names; leave out 'id', 'sort', 'kind' and 'values'", file);
    return SeriesFormat::matrix;
  }
  MPROC_CHECK(suffix == ".csv", "{}: has to be a .csv or .npy file", file);
  if (spec.wide) {
    MPROC_CHECK(spec.sort.empty() && spec.kind.empty(),
                "{}: with wide = true a row is one series in order of time; leave out 'sort' and 'kind'",
                file);
    return SeriesFormat::wide;
  }
  MPROC_CHECK(!spec.id.empty(), "{}: needs 'id', the column that says which series a row belongs to", file);
  return SeriesFormat::rows;
}

}  // namespace

std::unique_ptr<SeriesReader> open_series(const SeriesSpec& spec) {
  switch (format_of(spec)) {
    case SeriesFormat::matrix:
      return open_npy_series(spec);
    case SeriesFormat::wide:
      return open_wide_series(spec);
    default:
      return open_long_series(spec);
  }
}

bool is_grouped(const SeriesSpec& spec) {
  return format_of(spec) != SeriesFormat::rows || is_grouped_long(spec);
}

std::vector<std::string> series_ids(const SeriesSpec& spec) {
  std::vector<std::string> ids;
  if (format_of(spec) == SeriesFormat::matrix) {
    const auto rows = open_npy_series(spec);
    rows->seek(std::numeric_limits<std::uint64_t>::max());
    for (std::uint64_t row = 0; row < rows->position(); ++row) ids.push_back(std::to_string(row));
    return ids;
  }
  std::unordered_set<std::string> seen;
  for (CsvIds rows(spec); const auto id = rows.next();)
    if (seen.emplace(*id).second) ids.emplace_back(*id);
  return ids;
}

std::unique_ptr<SeriesReader> sort_series(const SeriesSpec& spec, const std::filesystem::path& scratch,
                                          std::size_t memory) {
  return format_of(spec) == SeriesFormat::rows ? sort_long_series(spec, scratch, memory) : open_series(spec);
}

}  // namespace mproc::job
