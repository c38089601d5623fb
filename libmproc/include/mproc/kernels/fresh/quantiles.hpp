#pragma once

#include <cstddef>
#include <span>

#include "mproc/kernels/fresh/aggregate.hpp"

namespace mproc::kernels::fresh {

// Where values lie in their order. sorted holds all values in ascending order, NaNs last: of values among
// which there is one, quantiles are NaN.

// The value at (n - 1) q of the sorted ones, linearly between neighbours a and b at t: a + (b - a) t for t <
// 0.5, else b - (b - a) (1 - t), to the last bit as NumPy has it (numpy.quantile, method linear). NaN for no
// values.
double quantile(std::span<const double> sorted, double q);
// The middle value, or the mean of the middle two. NaN for no values.
double median(std::span<const double> sorted);
// |mean - median| < r (maximum - minimum)
bool symmetry_looking(double mean, double median, double range, double r);
// deviation > r (maximum - minimum)
bool large_standard_deviation(double deviation, double range, double r);
// For each q of qs how far into the series, relative to its length, the share q of the sum of its absolute
// values is reached: (i + 1) / n with the first i at which cumulative sum / sum >= q. NaN where the sum is 0;
// 1 / n where it is not finite.
void index_mass_quantile(std::span<const double> values, std::span<const double> qs, std::span<double> to);

// One feature of change_quantiles.
struct Corridor {
  double ql, qh;
  bool isabs;
  Aggregate f_agg;
};
// For each corridor the aggregate of those changes (their sizes if isabs) that start and end in [quantile ql,
// quantile qh] of the values that are not NaN (sorted_numbers); 0 where there are none, and where ql >= qh;
// NaN where no value is a number.
void change_quantiles(std::span<const double> values, std::span<const double> changes,
                      std::span<const double> sorted_numbers, std::span<const Corridor> corridors,
                      std::span<double> to);

}  // namespace mproc::kernels::fresh
