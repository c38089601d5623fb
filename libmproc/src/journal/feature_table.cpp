#include "mproc/journal/feature_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "mproc/base/error.hpp"
#include "mproc/base/msgpack.hpp"
#include "mproc/job/fields.hpp"

namespace mproc::journal {
namespace {

constexpr double no_value = std::numeric_limits<double>::quiet_NaN();

}  // namespace

FeatureTable::FeatureTable(const Index& index, base::StageKey stage, std::uint64_t total,
                           std::vector<std::string> features, LabelOf label_of)
    : index_(index),
      stage_(stage),
      total_(total),
      features_(std::move(features)),
      label_of_(std::move(label_of)) {
  learn();
}

std::optional<FeatureTable::Series> FeatureTable::read(std::uint64_t task,
                                                       const Index::Outcome& outcome) const {
  if (outcome.state == Index::State::pending) return std::nullopt;
  if (outcome.state == Index::State::failed) return Series{label_of_(task), {}};
  std::size_t offset = 0;
  const auto result = base::unpack_value(outcome.value, offset);
  Series series{{std::string(job::text_field(result.get(), "id")),
                 std::string(job::text_field(result.get(), "column"))},
                job::reals_field(result.get(), "values")};
  MPROC_CHECK(series.values.size() == features_.size(), "task {}: its result has {} features, not {}", task,
              series.values.size(), features_.size());
  return series;
}

void FeatureTable::for_each_series(const std::function<void(const Series&)>& use) const {
  Index::Cursor cursor(index_, stage_);
  for (std::uint64_t task = 0; task < total_; ++task)
    if (const auto series = read(task, cursor.at(task))) use(*series);
}

void FeatureTable::learn() {
  std::map<std::string, std::size_t, std::less<>> known;
  std::optional<std::string> id;
  for_each_series([&](const Series& series) {
    if (id != series.label.id) ++rows_;
    id = series.label.id;
    if (known.emplace(series.label.column, known.size()).second) series_.push_back(series.label.column);
  });
  for (const std::string& series : series_)
    for (const std::string& feature : features_) columns_.push_back(fmt::format("{}__{}", series, feature));
}

void FeatureTable::for_each(const std::function<void(const Row&)>& use) const {
  Row row;
  bool any = false;
  std::size_t expected = 0;  // series mostly come in the same order
  for_each_series([&](const Series& series) {
    if (any && row.id != series.label.id) use(row);
    if (!any || row.id != series.label.id) {
      row.id = series.label.id;
      row.values.assign(columns_.size(), no_value);
      expected = 0;
    }
    any = true;
    if (expected == series_.size() || series_[expected] != series.label.column)
      expected = static_cast<std::size_t>(std::find(series_.begin(), series_.end(), series.label.column) -
                                          series_.begin());
    std::copy(series.values.begin(), series.values.end(),
              row.values.begin() + static_cast<std::ptrdiff_t>(expected * features_.size()));
    ++expected;
  });
  if (any) use(row);
}

}  // namespace mproc::journal
