#pragma once

#include <span>

namespace mproc::kernels::fresh {

/// As tsfresh's impute, in place, for the values of one feature: NaN becomes the median of those that are
/// finite, inf the largest of them, -inf the smallest. Where none is finite, all become 0.
void impute(std::span<double> feature);

}  // namespace mproc::kernels::fresh
