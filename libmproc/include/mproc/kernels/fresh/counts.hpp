#pragma once

#include <cstddef>
#include <span>

namespace mproc::kernels::fresh {

// How many values there are of some kind. A NaN is neither above nor below anything; what divides by the
// length is NaN for no values.

double count_above_mean(std::span<const double> values, double mean);
double count_below_mean(std::span<const double> values, double mean);
// The length of the longest run of values > mean, and < mean.
double longest_strike_above_mean(std::span<const double> values, double mean);
double longest_strike_below_mean(std::span<const double> values, double mean);
// The shares of values >= t, and <= t.
double count_above(std::span<const double> values, double t);
double count_below(std::span<const double> values, double t);
// Those equal to value; NaN counts NaNs.
double value_count(std::span<const double> values, double value);
// Those in [min, max).
double range_count(std::span<const double> values, double min, double max);
// How often x > m changes from value to value.
double number_crossing_m(std::span<const double> values, double m);
// The share of values with |x - mean| > r deviation.
double ratio_beyond_r_sigma(std::span<const double> values, double mean, double deviation, double r);
// How many values are larger than each of the n before and the n after them, for each n of supports: with
// fewer than n neighbours on a side a value is none. In one pass over the values.
void number_peaks(std::span<const double> values, std::span<const std::size_t> supports,
                  std::span<double> to);

}  // namespace mproc::kernels::fresh
