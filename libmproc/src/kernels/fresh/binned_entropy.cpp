#include "mproc/kernels/fresh/binned_entropy.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "equal_bins.hpp"

namespace mproc::kernels::fresh {

double binned_entropy(std::span<const double> values, std::size_t bins) {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  double first = std::numeric_limits<double>::infinity(), last = -first;
  for (const double value : values) {
    if (!std::isfinite(value)) return none;
    first = std::min(first, value);
    last = std::max(last, value);
  }
  if (values.empty() || bins == 0) return none;
  if (first == last) {
    first -= 0.5;
    last += 0.5;
  }
  if (!std::isfinite(last - first)) return none;
  const EqualBins equal(first, last, bins);
  std::vector<std::size_t> counts(bins);
  for (const double value : values) ++counts[equal.edges_above(value)];
  return entropy_of_counts(counts, values.size());
}

double entropy_of_counts(std::span<const std::size_t> counts, std::size_t all) {
  double entropy = 0;
  for (const std::size_t count : counts) {
    if (count == 0) continue;
    const double share = static_cast<double>(count) / static_cast<double>(all);
    entropy -= share * std::log(share);
  }
  return entropy;
}

}  // namespace mproc::kernels::fresh
