#pragma once

#include <span>

namespace mproc::kernels::fresh {

// Where the extremes are, relative to the length: 0 is the first value's place. The first NaN, where there is
// one, is the largest and the smallest value, as NumPy's argmax and argmin have it; for the last ones the
// last NaN is. NaN for no values.

double first_location_of_maximum(std::span<const double> values);
double first_location_of_minimum(std::span<const double> values);
// One minus the place in the reversed series: the end of the last one's place.
double last_location_of_maximum(std::span<const double> values);
double last_location_of_minimum(std::span<const double> values);

}  // namespace mproc::kernels::fresh
