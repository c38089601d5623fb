#include "mproc/kernels/fresh/relevance.hpp"

#include <algorithm>
#include <limits>

#include "mproc/base/error.hpp"
#include "mproc/kernels/fresh/arithmetic.hpp"

namespace mproc::kernels::fresh {
namespace {

void check_options(const Target& target, const RelevanceOptions& options) {
  if (!options.multiclass) return;
  MPROC_CHECK(target.is_classification(),
              "the target is of numbers, so there are no classes to be selected for: leave multiclass "
              "out, or select for classification");
  MPROC_CHECK(options.n_significant >= 1 && options.n_significant <= target.labels.size(),
              "the target has {} classes: features cannot be selected for being relevant for {} of them",
              target.labels.size(), options.n_significant);
}

// Features that are not constant, in the order of p-values at `place`.
std::vector<std::size_t> tested_in_order(std::span<const FeatureResult> results, std::size_t place) {
  std::vector<std::size_t> order;
  for (const FeatureType type : {FeatureType::real, FeatureType::binary})
    for (std::size_t column = 0; column < results.size(); ++column)
      if (results[column].type == type) order.push_back(column);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return results[a].p_values[place] < results[b].p_values[place];
  });
  return order;
}

Relevance tested_row(std::size_t column, const std::string& name, const FeatureResult& result) {
  Relevance row{column, name, result.type};
  row.p_values = result.p_values;
  row.p_value = *std::min_element(result.p_values.begin(), result.p_values.end());
  return row;
}

Relevance constant_row(std::size_t column, const std::string& name, std::size_t p_values) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  Relevance row{column, name, FeatureType::constant, nan};
  row.p_values.assign(p_values, nan);
  row.relevant_for.assign(p_values, false);
  return row;
}

// Adds to each row whether it is relevant for the label at `place`.
void judge(std::vector<Relevance>& rows, std::size_t place, const RelevanceOptions& options) {
  std::vector<double> p_values(rows.size());
  std::transform(rows.begin(), rows.end(), p_values.begin(),
                 [place](const Relevance& row) { return row.p_values[place]; });
  const std::vector<bool> relevant = rejected(p_values, options.fdr, options.independent);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].relevant_for.push_back(relevant[i]);
    rows[i].n_significant += relevant[i];
  }
}

}  // namespace

std::vector<bool> rejected(std::span<const double> p_values, double level, bool independent) {
  std::vector<double> sorted(p_values.begin(), p_values.end()), parts;
  std::sort(sorted.begin(), sorted.end());
  const auto tests = static_cast<double>(sorted.size());
  for (std::size_t i = 0; i < sorted.size(); ++i) parts.push_back(1 / static_cast<double>(i + 1));
  const double dependence = independent ? 1 : sum(parts);
  double limit = -1;
  for (std::size_t i = 0; i < sorted.size(); ++i)
    if (sorted[i] <= static_cast<double>(i + 1) / tests / dependence * level) limit = sorted[i];
  std::vector<bool> reject;
  for (const double p : p_values) reject.push_back(p <= limit);
  return reject;
}

RelevanceTable relevance_table(std::span<const std::string> names, std::span<const FeatureResult> results,
                               const Target& target, const RelevanceOptions& options) {
  check_options(target, options);
  const bool multiclass = options.multiclass && target.labels.size() > 2;
  const std::size_t tests = target.is_classification() ? target.labels.size() : 1;
  for (const FeatureResult& result : results)
    MPROC_ASSERT(result.type == FeatureType::constant || result.p_values.size() == tests,
                 "{} p-values of {} tests", result.p_values.size(), tests);
  RelevanceTable table;
  if (multiclass) table.labels = target.labels;
  for (const std::size_t column : tested_in_order(results, target.is_classification() ? target.codes[0] : 0))
    table.rows.push_back(tested_row(column, names[column], results[column]));
  for (std::size_t place = 0; place < tests; ++place) judge(table.rows, place, options);
  for (Relevance& row : table.rows)
    row.relevant = row.n_significant >= (multiclass ? options.n_significant : 1);
  for (std::size_t column = 0; column < results.size(); ++column)
    if (results[column].type == FeatureType::constant)
      table.rows.push_back(constant_row(column, names[column], tests));
  return table;
}

}  // namespace mproc::kernels::fresh
