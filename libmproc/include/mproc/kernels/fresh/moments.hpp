#pragma once

#include <cstddef>
#include <span>

namespace mproc::kernels::fresh {

// Moments of all values. mean and deviation are the values' own; NaN and infinities propagate unless it says
// otherwise.

// deviation / mean; NaN where the mean is 0.
double variation_coefficient(double mean, double deviation);
// sqrt(energy / n), the energy of n values; NaN for none.
double root_mean_square(double energy, std::size_t n);
// sum(x^2)
double abs_energy(std::span<const double> values);
// Adjusted Fisher-Pearson coefficient G1 = n sqrt(n - 1) / (n - 2) * m3 / m2^(3/2), with m_k = sum((x -
// mean)^k) (D. N. Joanes, C. A. Gill, The Statistician 47, 1998); as in pandas sums below 1e-14 count as 0,
// and gives 0 where m2 is 0. NaN for fewer than three values.
double skewness(std::span<const double> values, double mean);
// Adjusted G2 = n (n + 1) (n - 1) m4 / ((n - 2) (n - 3) m2^2) - 3 (n - 1)^2 / ((n - 2) (n - 3)) (same source)
// of the values that are not NaN; as in pandas numerator and denominator below 1e-14 count as 0, and gives 0
// where the denominator is 0. NaN for fewer than four values.
double kurtosis(std::span<const double> values);
// The mean of the largest absolute values, that many; NaN unless there are more values than that.
double mean_n_absolute_max(std::span<const double> values, std::size_t number_of_maxima);

}  // namespace mproc::kernels::fresh
