#pragma once

#include <cstddef>
#include <span>

namespace mproc::kernels::fresh {

// -sum(p ln p) over the shares p of the orders in which the values of windows lie (C. Bandt, B. Pompe, Phys.
// Rev. Lett. 88, 2002), for windows of each of dimensions values, one every tau values; of equal values the
// first counts as the smaller, a NaN as larger than all numbers. NaN where there is no window, for dimensions
// below 2 and for tau 0. Dimensions have to ascend; they share their work. One result a dimension.
void permutation_entropy(std::span<const double> values, std::size_t tau,
                         std::span<const std::size_t> dimensions, std::span<double> entropies);

}  // namespace mproc::kernels::fresh
