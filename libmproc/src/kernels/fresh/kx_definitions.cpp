#include <algorithm>
#include <cmath>
#include <limits>

#include "mproc/kernels/fresh/binned_entropy.hpp"
#include "mproc/kernels/fresh/kx.hpp"

namespace mproc::kernels::fresh {

double kx_location_of_last(std::span<const double> values, double extreme) {
  const auto last = std::find(values.rbegin(), values.rend(), extreme);
  if (last == values.rend()) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(values.rend() - last - 1) / static_cast<double>(values.size());
}

double kx_binned_entropy(std::span<const double> values, double minimum, double maximum, std::size_t bins) {
  const double range = maximum - minimum;
  if (!std::isfinite(range)) return std::numeric_limits<double>::quiet_NaN();
  if (range == 0) return 0;
  std::vector<std::size_t> counts(bins);
  for (const double value : values) {
    const auto bin = static_cast<std::size_t>(static_cast<double>(bins) * ((value - minimum) / range));
    ++counts[std::min(bin, bins - 1)];
  }
  return entropy_of_counts(counts, values.size());
}

}  // namespace mproc::kernels::fresh
