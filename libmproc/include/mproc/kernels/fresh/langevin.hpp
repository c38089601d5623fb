#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace mproc::kernels::fresh {

// The drift of a Langevin model of the series (R. Friedrich et al., Phys. Lett. A 271, 2000): a polynomial of
// degree m fitted to the mean change that follows a value, over the mean values of r bins that hold equally
// many values; m + 1 coefficients, the highest power first. NaN where bins' edges coincide, and where nothing
// finite can be fitted. sorted_numbers: the values that are not NaN in ascending order.
void friedrich_coefficients(std::span<const double> values, std::span<const double> sorted_numbers,
                            std::size_t m, std::size_t r, std::vector<double>& coefficients);

// The largest real part of the roots of that polynomial: the rightmost fixed point. NaN where it has none.
double max_langevin_fixed_point(std::span<const double> coefficients);

}  // namespace mproc::kernels::fresh
