#include "mproc/kernels/fresh/counts.hpp"

#include <algorithm>
#include <cmath>

namespace mproc::kernels::fresh {
namespace {

template <class Predicate>
double count(std::span<const double> values, const Predicate& predicate) {
  return static_cast<double>(std::count_if(values.begin(), values.end(), predicate));
}

template <class Predicate>
double longest_run(std::span<const double> values, const Predicate& predicate) {
  std::size_t longest = 0, run = 0;
  for (const double value : values) {
    run = predicate(value) ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return static_cast<double>(longest);
}

}  // namespace

double count_above_mean(std::span<const double> values, double mean) {
  return count(values, [mean](double value) { return value > mean; });
}

double count_below_mean(std::span<const double> values, double mean) {
  return count(values, [mean](double value) { return value < mean; });
}

double longest_strike_above_mean(std::span<const double> values, double mean) {
  return longest_run(values, [mean](double value) { return value > mean; });
}

double longest_strike_below_mean(std::span<const double> values, double mean) {
  return longest_run(values, [mean](double value) { return value < mean; });
}

double count_above(std::span<const double> values, double t) {
  return count(values, [t](double value) { return value >= t; }) / static_cast<double>(values.size());
}

double count_below(std::span<const double> values, double t) {
  return count(values, [t](double value) { return value <= t; }) / static_cast<double>(values.size());
}

double value_count(std::span<const double> values, double value) {
  if (std::isnan(value)) return count(values, [](double x) { return std::isnan(x); });
  return count(values, [value](double x) { return x == value; });
}

double range_count(std::span<const double> values, double min, double max) {
  return count(values, [min, max](double value) { return value >= min && value < max; });
}

double number_crossing_m(std::span<const double> values, double m) {
  std::size_t crossings = 0;
  for (std::size_t i = 1; i < values.size(); ++i) crossings += (values[i] > m) != (values[i - 1] > m);
  return static_cast<double>(crossings);
}

double ratio_beyond_r_sigma(std::span<const double> values, double mean, double deviation, double r) {
  const double most = r * deviation;
  return count(values, [mean, most](double value) { return std::abs(value - mean) > most; }) /
         static_cast<double>(values.size());
}

}  // namespace mproc::kernels::fresh
