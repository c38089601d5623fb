#include "mproc/kernels/fresh/aggregate.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "mproc/kernels/fresh/arithmetic.hpp"
#include "mproc/kernels/fresh/quantiles.hpp"

namespace mproc::kernels::fresh {
namespace {

template <class Before>
double first_of(std::span<const double> values, const Before& before) {
  double found = values[0];
  for (const double value : values)
    if (before(value, found) || std::isnan(value)) found = value;
  return found;
}

double median_of(std::span<const double> values) {
  if (std::any_of(values.begin(), values.end(), [](double value) { return std::isnan(value); }))
    return std::numeric_limits<double>::quiet_NaN();
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  return median(sorted);
}

}  // namespace

double aggregate(std::span<const double> values, Aggregate of) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  switch (of) {
    case Aggregate::mean:
      return mean(values);
    case Aggregate::median:
      return median_of(values);
    case Aggregate::variance:
      return variance(values, mean(values));
    case Aggregate::deviation:
      return std::sqrt(variance(values, mean(values)));
    case Aggregate::minimum:
      return first_of(values, std::less<>());
    case Aggregate::maximum:
      return first_of(values, std::greater<>());
  }
  return 0;
}

}  // namespace mproc::kernels::fresh
