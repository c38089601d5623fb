#include <cmath>
#include <limits>
#include <vector>

#include "mproc/kernels/fresh/quantiles.hpp"

namespace mproc::kernels::fresh {
namespace {

bool same_changes(const Corridor& a, const Corridor& b) {
  return a.ql == b.ql && a.qh == b.qh && a.isabs == b.isabs;
}

// The changes that start and end in the corridor.
void changes_within(std::span<const double> values, std::span<const double> changes,
                    std::span<const double> sorted_numbers, const Corridor& corridor,
                    std::vector<double>& within) {
  within.clear();
  if (corridor.ql >= corridor.qh || sorted_numbers.empty()) return;
  const double low = quantile(sorted_numbers, corridor.ql), high = quantile(sorted_numbers, corridor.qh);
  // An infinite value makes the quantile beside it undefined: what is undefined above bounds nothing, below
  // it all.
  const auto inside = [low, high](double value) { return value >= low && !(value > high); };
  within.resize(changes.size());
  std::size_t found = 0;
  bool was_inside = !values.empty() && inside(values[0]);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const bool is_inside = inside(values[i + 1]);
    within[found] = corridor.isabs ? std::abs(changes[i]) : changes[i];
    found += was_inside && is_inside;  // without a branch, as nobody could foresee which way it goes
    was_inside = is_inside;
  }
  within.resize(found);
}

}  // namespace

void change_quantiles(std::span<const double> values, std::span<const double> changes,
                      std::span<const double> sorted_numbers, std::span<const Corridor> corridors,
                      std::span<double> to) {
  std::vector<double> within;
  for (std::size_t k = 0; k < corridors.size(); ++k) {
    if (k == 0 || !same_changes(corridors[k], corridors[k - 1]))
      changes_within(values, changes, sorted_numbers, corridors[k], within);
    const double of_none = sorted_numbers.empty() ? std::numeric_limits<double>::quiet_NaN() : 0;
    to[k] = within.empty() ? of_none : aggregate(within, corridors[k].f_agg);
  }
}

}  // namespace mproc::kernels::fresh
