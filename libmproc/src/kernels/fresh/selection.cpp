#include "mproc/kernels/fresh/selection.hpp"

#include <algorithm>
#include <cmath>

#include "mproc/base/error.hpp"

namespace mproc::kernels::fresh {
namespace {

template <class Keep>
std::vector<const Relevance*> rows_where(const RelevanceTable& table, const Keep& keep) {
  std::vector<const Relevance*> rows;
  for (const Relevance& row : table.rows)
    if (row.type != FeatureType::constant && keep(row)) rows.push_back(&row);
  return rows;
}

std::vector<std::size_t> columns(const std::vector<const Relevance*>& rows) {
  std::vector<std::size_t> columns(rows.size());
  std::transform(rows.begin(), rows.end(), columns.begin(), [](const Relevance* row) { return row->column; });
  return columns;
}

// Features that were tested by p-value, equal ones as in the table.
std::vector<const Relevance*> by_p_value(const RelevanceTable& table) {
  auto rows = rows_where(table, [](const Relevance&) { return true; });
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Relevance* a, const Relevance* b) { return a->p_value < b->p_value; });
  return rows;
}

}  // namespace

std::vector<std::size_t> relevant_features(const RelevanceTable& table) {
  return columns(rows_where(table, [](const Relevance& row) { return row.relevant; }));
}

std::vector<std::size_t> k_best(const RelevanceTable& table, std::size_t k) {
  std::vector<const Relevance*> rows = by_p_value(table);
  rows.resize(std::min(k, rows.size()));
  return columns(rows);
}

std::vector<std::size_t> percentile(const RelevanceTable& table, double share) {
  MPROC_CHECK(share >= 0 && share <= 1, "a percentile is a share from 0 to 1, not {}", share);
  const std::vector<const Relevance*> rows = by_p_value(table);
  if (rows.empty()) return {};
  const double place = share * static_cast<double>(rows.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const double low = rows[below]->p_value, high = rows[std::min(below + 1, rows.size() - 1)]->p_value;
  const double limit = low + (place - std::floor(place)) * (high - low);
  return columns(rows_where(table, [limit](const Relevance& row) { return row.p_value <= limit; }));
}

}  // namespace mproc::kernels::fresh
