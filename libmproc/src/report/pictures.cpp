#include "mproc/report/pictures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace mproc::report {
namespace {

using base::Json;
using Column = job::ResultTable::Column;

constexpr std::size_t most_rows = 2000, most_scores = 4, most_points = 4000, most_named = 25;

const Column* column_of(const job::ResultTable& table, const std::string& name) {
  const auto found = std::ranges::find(table.columns, name, &Column::name);
  return found == table.columns.end() ? nullptr : &*found;
}

/// The best rows by the first score, in the table's order.
std::vector<std::size_t> shown_rows(const job::ResultTable& table, const std::string& score) {
  std::vector<std::size_t> rows(table.columns.empty() ? 0 : table.columns.front().values.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  const Column* const ranks = column_of(table, "rank_test_" + score);
  if (rows.size() <= most_rows || ranks == nullptr) return rows;
  std::ranges::stable_sort(rows, {}, [&](std::size_t row) { return ranks->values[row]; });
  rows.resize(most_rows);
  std::ranges::sort(rows);
  return rows;
}

Json values_of(const Column* column, const std::vector<std::size_t>& rows) {
  Json values = Json::array();
  for (const std::size_t row : rows) values.push_back(column ? column->values[row] : Json());
  return values;
}

bool is_numeric(const Json& values) {
  return std::ranges::all_of(values, [](const Json& value) { return value.is_number() || value.is_null(); });
}

Json score_of(const job::ResultTable& table, const std::string& score, const std::vector<std::size_t>& rows) {
  Json out = {{"name", score}, {"splits", Json::array()}};
  for (std::size_t split = 0;; ++split) {
    const Column* const column = column_of(table, fmt::format("split{}_test_{}", split, score));
    if (column == nullptr) break;
    out["splits"].push_back(values_of(column, rows));
  }
  out["mean"] = values_of(column_of(table, "mean_test_" + score), rows);
  out["rank"] = values_of(column_of(table, "rank_test_" + score), rows);
  return out;
}

}  // namespace

Json scores_picture(const job::ResultTable& table, const std::vector<std::string>& scorers) {
  std::vector<std::string> names = scorers;
  if (names.size() < 2) names = {"score"};
  const auto rows = shown_rows(table, names.front());
  Json out = {{"params", Json::array()}, {"scores", Json::array()}};
  out["candidates"] = table.columns.empty() ? 0 : table.columns.front().values.size();
  if (const Column* const rungs = column_of(table, "iter")) out["rungs"] = values_of(rungs, rows);
  for (const Column& column : table.columns) {
    if (!column.name.starts_with("param_")) continue;
    Json values = values_of(&column, rows);
    const bool numeric = is_numeric(values);
    if (!numeric)
      for (Json& value : values) value = value.is_string() ? value : Json(value.dump());
    out["params"].push_back(
        {{"name", column.name.substr(6)}, {"numeric", numeric}, {"values", std::move(values)}});
  }
  names.resize(std::min(names.size(), most_scores));
  for (const std::string& name : names) out["scores"].push_back(score_of(table, name, rows));
  return out;
}

Json p_values_picture(const std::vector<TestedFeature>& features, std::optional<double> fdr, double divisor) {
  Json points = Json::array(), best = Json::array();
  std::size_t tested = 0, relevant = 0;
  for (const TestedFeature& feature : features) {
    if (!std::isnan(feature.p_value)) ++tested;
    if (feature.relevant) ++relevant;
  }
  const double step = std::max(1.0, static_cast<double>(tested) / static_cast<double>(most_points));
  double next = 0;
  for (std::size_t i = 0; i < tested; ++i) {
    const TestedFeature& feature = features[i];
    if (best.size() < most_named) best.push_back({feature.name, feature.p_value, feature.relevant});
    if (static_cast<double>(i) < next) continue;
    next += step;
    points.push_back({i + 1, feature.p_value, feature.relevant ? 1 : 0});
  }
  Json out = {{"features", features.size()}, {"tested", tested}, {"relevant", relevant}};
  out["fdr"] = fdr ? Json(*fdr) : Json();
  out["divisor"] = divisor;
  out["points"] = std::move(points);
  out["best"] = std::move(best);
  return out;
}

}  // namespace mproc::report
