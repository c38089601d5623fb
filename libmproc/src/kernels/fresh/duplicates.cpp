#include "mproc/kernels/fresh/duplicates.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "mproc/kernels/fresh/arithmetic.hpp"

namespace mproc::kernels::fresh {

bool has_duplicate(std::span<const double> values, double value) {
  return std::count(values.begin(), values.end(), value) >= 2;
}

Duplicates find_duplicates(std::span<const double> sorted) {
  Duplicates found;
  found.values = sorted.size();
  std::vector<double> sums, point_sums;  // a term for each different value, as NumPy adds them
  for (std::size_t i = 0, end = 0; i < sorted.size(); i = end) {
    const bool nan = std::isnan(sorted[i]);
    for (end = i + 1; end < sorted.size() && (nan || sorted[end] == sorted[i]);) ++end;
    const std::size_t times = end - i, recurring = times > 1 ? times : 0;
    ++found.distinct;
    found.recurring += recurring > 0;
    found.recurring_points += nan ? 0 : recurring;
    sums.push_back(static_cast<double>(recurring > 0) * sorted[i]);
    point_sums.push_back(static_cast<double>(recurring) * sorted[i]);
  }
  found.recurring_sum = sum(sums);
  found.recurring_points_sum = sum(point_sums);
  return found;
}

double percentage_of_reoccurring_values_to_all_values(const Duplicates& duplicates) {
  return static_cast<double>(duplicates.recurring) / static_cast<double>(duplicates.distinct);
}

double percentage_of_reoccurring_datapoints_to_all_datapoints(const Duplicates& duplicates) {
  return static_cast<double>(duplicates.recurring_points) / static_cast<double>(duplicates.values);
}

double ratio_value_number_to_time_series_length(const Duplicates& duplicates) {
  return static_cast<double>(duplicates.distinct) / static_cast<double>(duplicates.values);
}

}  // namespace mproc::kernels::fresh
