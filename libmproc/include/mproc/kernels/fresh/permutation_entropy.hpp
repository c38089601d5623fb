#pragma once

#include <cstddef>
#include <span>

namespace mproc::kernels::fresh {

// -sum(p ln p) over the shares p of the orders in which the values of windows lie (C. Bandt, B. Pompe, Phys.
// Rev. Lett. 88, 2002): for each of dimensions, windows of so many consecutive values, one every tau values.
// Of equal values the first counts as the smaller, a NaN as larger than all numbers. NaN where there is no
// window, for dimensions below 2 and for tau 0. Dimensions share their work.
void permutation_entropy(std::span<const double> values, std::size_t tau,
                         std::span<const std::size_t> dimensions, std::span<double> entropies);

}  // namespace mproc::kernels::fresh
