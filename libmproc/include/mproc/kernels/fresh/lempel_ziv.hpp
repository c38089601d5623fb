#pragma once

#include <cstddef>
#include <span>

namespace mproc::kernels::fresh {

// The number of different phrases into which LZ78 parses the series (J. Ziv, A. Lempel, IEEE Trans. Inf.
// Theory 24, 1978) over its length: each phrase is the shortest that has not been seen. A value's symbol is
// its bin of bins of equal width from minimum to maximum, which are the series' own: edges belong to the bin
// below. All are one symbol where one is NaN or the range is not finite. NaN for no values or no bins.
double lempel_ziv_complexity(std::span<const double> values, double minimum, double maximum,
                             std::size_t bins);

}  // namespace mproc::kernels::fresh
