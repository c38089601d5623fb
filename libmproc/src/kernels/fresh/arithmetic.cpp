#include "mproc/kernels/fresh/arithmetic.hpp"

#include <cstddef>
#include <limits>

namespace mproc::kernels::fresh {
namespace {

constexpr std::size_t block = 128;

// The sum of of(values[i]), pairwise.
template <class Of>
double pairwise(std::span<const double> values, const Of& of) {
  const std::size_t n = values.size();
  if (n < 8) {
    double total = 0;
    for (const double value : values) total += of(value);
    return total;
  }
  if (n > block) {
    const std::size_t half = n / 2 - n / 2 % 8;
    return pairwise(values.first(half), of) + pairwise(values.subspan(half), of);
  }
  double part[8];
  for (std::size_t k = 0; k < 8; ++k) part[k] = of(values[k]);
  std::size_t i = 8;
  for (; i + 8 <= n; i += 8)
    for (std::size_t k = 0; k < 8; ++k) part[k] += of(values[i + k]);
  double total = ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
  for (; i < n; ++i) total += of(values[i]);
  return total;
}

}  // namespace

double sum(std::span<const double> values) {
  return pairwise(values, [](double value) { return value; });
}

double mean(std::span<const double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  return sum(values) / static_cast<double>(values.size());
}

double variance(std::span<const double> values, double mean) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  const auto squared = [mean](double value) { return (value - mean) * (value - mean); };
  return pairwise(values, squared) / static_cast<double>(values.size());
}

}  // namespace mproc::kernels::fresh
