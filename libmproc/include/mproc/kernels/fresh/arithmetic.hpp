#pragma once

#include <span>

namespace mproc::kernels::fresh {

// Sums, means and variances with NumPy's order of additions, so that features are equal to what NumPy gives, to the last
// bits: pairwise over halves (their first a multiple of 8 long), blocks of up to 128 values in eight accumulators
// (numpy/core/src/umath/loops_utils.h.src, pairwise_sum). NaN and infinities propagate.

// The sum; 0 for none.
double sum(std::span<const double> values);
// The arithmetic mean; NaN for none.
double mean(std::span<const double> values);
// The mean squared distance from mean, which is mean(values): two passes, ddof 0. NaN for none.
double variance(std::span<const double> values, double mean);

}  // namespace mproc::kernels::fresh
