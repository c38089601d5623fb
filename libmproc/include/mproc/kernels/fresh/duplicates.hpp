#pragma once

#include <cstddef>
#include <span>

namespace mproc::kernels::fresh {

// Which values occur more than once. 0.0 and -0.0 are one value, and all NaNs are one; what divides is NaN
// for no values.

// Whether at least two values are equal to this one: the largest or the smallest. A NaN equals none.
bool has_duplicate(std::span<const double> values, double value);

// What a pass over the sorted values (NaNs last) tells.
struct Duplicates {
  std::size_t values = 0;            // all
  std::size_t distinct = 0;          // different ones
  std::size_t recurring = 0;         // different ones that occur more than once
  std::size_t recurring_points = 0;  // all that occur more than once, NaNs left out
  double recurring_sum = 0;          // of recurring; NaN where any value is not finite
  double recurring_points_sum = 0;   // of all that occur more than once; NaN where any value is not finite
};
Duplicates find_duplicates(std::span<const double> sorted);

double percentage_of_reoccurring_values_to_all_values(const Duplicates& duplicates);
// recurring_points / values
double percentage_of_reoccurring_datapoints_to_all_datapoints(const Duplicates& duplicates);
double ratio_value_number_to_time_series_length(const Duplicates& duplicates);

}  // namespace mproc::kernels::fresh
