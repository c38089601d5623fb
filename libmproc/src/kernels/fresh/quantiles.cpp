#include "mproc/kernels/fresh/quantiles.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace mproc::kernels::fresh {

double quantile(std::span<const double> sorted, double q) {
  const std::size_t n = sorted.size();
  if (n == 0 || std::isnan(sorted.back())) return std::numeric_limits<double>::quiet_NaN();
  const double at = static_cast<double>(n - 1) * q;
  // NumPy's neighbours at the end are the last value twice: where that is infinite, it gives NaN.
  const bool last = at >= static_cast<double>(n - 1);
  const auto before = last ? n - 1 : static_cast<std::size_t>(at);
  const double a = sorted[before], b = sorted[last ? before : before + 1];
  const double t = at - static_cast<double>(before);
  return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
}

double median(std::span<const double> sorted) {
  const std::size_t n = sorted.size();
  if (n == 0 || std::isnan(sorted.back())) return std::numeric_limits<double>::quiet_NaN();
  return n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

bool symmetry_looking(double mean, double median, double range, double r) {
  return std::abs(mean - median) < r * range;
}

bool large_standard_deviation(double deviation, double range, double r) {
  return deviation > r * range;
}

void index_mass_quantile(std::span<const double> values, std::span<const double> qs, std::span<double> to) {
  std::vector<double> mass(values.size());
  double total = 0;
  for (std::size_t i = 0; i < values.size(); ++i) mass[i] = total += std::abs(values[i]);
  const auto n = static_cast<double>(values.size());
  for (std::size_t k = 0; k < qs.size(); ++k) {
    const auto falls_short = [&](double sum) { return !(sum / total >= qs[k]); };
    // Shares rise to the last one, 1; with an infinite or undefined sum no share is reached, or each is
    // undefined.
    const auto first =
        std::isfinite(total) ? std::partition_point(mass.begin(), mass.end(), falls_short) : mass.begin();
    const auto place = static_cast<double>(first - mass.begin()) + 1;
    to[k] = total == 0 ? std::numeric_limits<double>::quiet_NaN() : place / n;
  }
}

}  // namespace mproc::kernels::fresh
