#include "series_group.hpp"

#include <algorithm>
#include <numeric>
#include <span>

#include "series_order.hpp"

namespace mproc::job {
namespace {

template <class T>
std::vector<T> picked(const std::vector<T>& from, const std::vector<std::size_t>& positions) {
  std::vector<T> out;
  out.reserve(positions.size());
  for (const std::size_t position : positions) out.push_back(from[position]);
  return out;
}

/// Brings values into their order; those that are equal in it stay as they came.
void arrange(std::span<Series> series, std::vector<std::uint64_t>& orders) {
  if (std::is_sorted(orders.begin(), orders.end())) return;
  std::vector<std::size_t> positions(orders.size());
  std::iota(positions.begin(), positions.end(), std::size_t{0});
  std::stable_sort(positions.begin(), positions.end(),
                   [&](std::size_t a, std::size_t b) { return orders[a] < orders[b]; });
  orders = picked(orders, positions);
  for (Series& one : series) one.values = picked(one.values, positions);
}

std::vector<double> hours_of(const std::vector<std::uint64_t>& orders) {
  std::vector<double> out;
  out.reserve(orders.size());
  for (const std::uint64_t order : orders) out.push_back(hours_between(orders.front(), order));
  return out;
}

}  // namespace

void GroupBuilder::start(SeriesGroup& group, std::string_view id) {
  const std::size_t columns = layout_.names.size();
  group_ = &group;
  group.id = id;
  group.series.resize(columns);
  for (std::size_t i = 0; i < columns; ++i) {
    group.series[i].name = layout_.names[i];
    group.series[i].values.clear();
  }
  orders_.resize(columns == 0 ? 0 : 1);
  for (auto& orders : orders_) orders.clear();
  kinds_.clear();
}

void GroupBuilder::add(const SeriesRow& row) {
  const bool kinds = layout_.names.empty();
  const std::size_t first = kinds ? series_of(row.kind) : 0;
  if (layout_.sorted) orders_[first].push_back(row.order);
  for (std::size_t i = 0; i < row.values.size(); ++i)
    group_->series[first + i].values.push_back(row.values[i]);
}

std::size_t GroupBuilder::series_of(std::string_view kind) {
  if (const auto found = kinds_.find(kind); found != kinds_.end()) return found->second;
  group_->series.push_back({std::string(kind), {}, {}});
  orders_.emplace_back();
  return kinds_.emplace(kind, kinds_.size()).first->second;
}

void GroupBuilder::finish() {
  const std::span<Series> all(group_->series);
  const std::size_t share = layout_.names.empty() ? 1 : all.size();  // series of one order
  for (std::size_t i = 0; i < orders_.size(); ++i) {
    const auto series = all.subspan(i * share, share);
    arrange(series, orders_[i]);
    for (Series& one : series) one.hours = layout_.timed ? hours_of(orders_[i]) : std::vector<double>();
  }
  if (layout_.names.empty())
    std::sort(all.begin(), all.end(), [](const Series& a, const Series& b) { return a.name < b.name; });
}

}  // namespace mproc::job
