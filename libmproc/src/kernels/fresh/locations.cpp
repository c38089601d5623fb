#include "mproc/kernels/fresh/locations.hpp"

#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>

namespace mproc::kernels::fresh {
namespace {

// The place of the first of n values that none goes before, over n.
template <class At, class Before>
double place_of_first(std::size_t n, const At& at, const Before& before) {
  if (n == 0) return std::numeric_limits<double>::quiet_NaN();
  std::size_t best = 0;
  for (std::size_t i = 0; i < n && !std::isnan(at(best)); ++i)
    if (before(at(i), at(best)) || std::isnan(at(i))) best = i;
  return static_cast<double>(best) / static_cast<double>(n);
}

template <class Before>
double place_of_first(std::span<const double> values, const Before& before) {
  return place_of_first(
      values.size(), [values](std::size_t i) { return values[i]; }, before);
}

template <class Before>
double place_of_last(std::span<const double> values, const Before& before) {
  const auto from_end = [values](std::size_t i) { return values[values.size() - 1 - i]; };
  return 1 - place_of_first(values.size(), from_end, before);
}

}  // namespace

double first_location_of_maximum(std::span<const double> values) {
  return place_of_first(values, std::greater<>());
}

double first_location_of_minimum(std::span<const double> values) {
  return place_of_first(values, std::less<>());
}

double last_location_of_maximum(std::span<const double> values) {
  return place_of_last(values, std::greater<>());
}

double last_location_of_minimum(std::span<const double> values) {
  return place_of_last(values, std::less<>());
}

}  // namespace mproc::kernels::fresh
