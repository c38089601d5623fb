#include "mproc/kernels/fresh/moments.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "mproc/kernels/fresh/arithmetic.hpp"

namespace mproc::kernels::fresh {
namespace {

// What rounding leaves of a sum that is 0, as pandas sees it.
double without_rounding_error(double value) {
  return std::abs(value) < 1e-14 ? 0 : value;
}

// Largest first, NaN before all.
bool goes_before(double a, double b) {
  return std::isnan(a) ? !std::isnan(b) : a > b;
}

}  // namespace

double variation_coefficient(double mean, double deviation) {
  return mean == 0 ? std::numeric_limits<double>::quiet_NaN() : deviation / mean;
}

double root_mean_square(double energy, std::size_t n) {
  return std::sqrt(energy / static_cast<double>(n));
}

double abs_energy(std::span<const double> values) {
  return sum_of(values.size(), [values](std::size_t i) { return values[i] * values[i]; });
}

double skewness(std::span<const double> values, double mean) {
  const auto n = static_cast<double>(values.size());
  if (n < 3) return std::numeric_limits<double>::quiet_NaN();
  const auto square = [values, mean](std::size_t i) { return (values[i] - mean) * (values[i] - mean); };
  const auto cube = [&](std::size_t i) { return square(i) * (values[i] - mean); };
  const double m2 = without_rounding_error(sum_of(values.size(), square));
  const double m3 = without_rounding_error(sum_of(values.size(), cube));
  if (m2 == 0) return 0;
  return n * std::sqrt(n - 1) / (n - 2) * (m3 / (m2 * std::sqrt(m2)));
}

double kurtosis(std::span<const double> values) {
  const auto nans =
      std::count_if(values.begin(), values.end(), [](double value) { return std::isnan(value); });
  const auto n = static_cast<double>(values.size()) - static_cast<double>(nans);
  if (n < 4) return std::numeric_limits<double>::quiet_NaN();
  const auto number = [values](std::size_t i) { return std::isnan(values[i]) ? 0 : values[i]; };
  const double mean = sum_of(values.size(), number) / n;
  const auto square = [&](std::size_t i) {
    return std::isnan(values[i]) ? 0 : (values[i] - mean) * (values[i] - mean);
  };
  const auto fourth = [&](std::size_t i) { return square(i) * square(i); };
  const double m2 = sum_of(values.size(), square);
  const double m4 = sum_of(values.size(), fourth);
  const double numerator = without_rounding_error(n * (n + 1) * (n - 1) * m4);
  const double denominator = without_rounding_error((n - 2) * (n - 3) * (m2 * m2));
  if (denominator == 0) return 0;
  return numerator / denominator - 3 * ((n - 1) * (n - 1)) / ((n - 2) * (n - 3));
}

double mean_n_absolute_max(std::span<const double> values, std::size_t number_of_maxima) {
  if (values.size() <= number_of_maxima) return std::numeric_limits<double>::quiet_NaN();
  std::vector<double> largest(values.size());
  std::transform(values.begin(), values.end(), largest.begin(), [](double value) { return std::abs(value); });
  const auto end = largest.begin() + static_cast<std::ptrdiff_t>(number_of_maxima);
  std::partial_sort(largest.begin(), end, largest.end(), goes_before);
  std::reverse(largest.begin(), end);  // they are added in ascending order
  return mean(std::span(largest).first(number_of_maxima));
}

}  // namespace mproc::kernels::fresh
