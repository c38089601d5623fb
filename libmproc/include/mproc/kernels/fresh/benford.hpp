#pragma once

#include <span>

namespace mproc::kernels::fresh {

// How the values' first digits follow Benford's law: the correlation of the shares of 1 to 9 with log10(1 +
// 1/d) (T. P. Hill, Stat. Sci. 10, 1995). The first digit is that of the shortest decimal that reads back as
// the value; NaN and zero have none, infinity has that of the largest number. NaN where all shares are equal.
double benford_correlation(std::span<const double> values);

}  // namespace mproc::kernels::fresh
