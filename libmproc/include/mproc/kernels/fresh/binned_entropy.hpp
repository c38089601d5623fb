#pragma once

#include <cstddef>
#include <span>

namespace mproc::kernels::fresh {

// -sum(p ln p) over the shares p of values in each of bins of equal width from the smallest to the largest
// value (from value - 0.5 to value + 0.5 if all are equal), the largest in the last bin. A value near an edge
// is held against the edge itself, edges being NumPy's linspace. NaN for no values, no bins, and where a
// value is not finite.
double binned_entropy(std::span<const double> values, std::size_t bins);
// -sum(p ln p) over the shares p = count / all of bins that are not empty.
double entropy_of_counts(std::span<const std::size_t> counts, std::size_t all);

}  // namespace mproc::kernels::fresh
