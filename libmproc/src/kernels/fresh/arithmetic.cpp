#include "mproc/kernels/fresh/arithmetic.hpp"

#include <algorithm>
#include <cmath>

namespace mproc::kernels::fresh {

double sum(std::span<const double> values) {
  return sum_of(values.size(), [values](std::size_t i) { return values[i]; });
}

double mean(std::span<const double> values) {
  return mean_of(values.size(), [values](std::size_t i) { return values[i]; });
}

double variance(std::span<const double> values, double mean) {
  return mean_of(values.size(),
                 [values, mean](std::size_t i) { return (values[i] - mean) * (values[i] - mean); });
}

bool all_finite(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
}

}  // namespace mproc::kernels::fresh
