#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace mproc::kernels::fresh {

// The power spectral density by Welch's method (P. Welch, IEEE Trans. Audio Electroacoust. 15, 1967) for one
// sample a unit of time: segments of min(n, 256) values that overlap by half, less their means, under a
// periodic Hann window; squared lines over the window's power, doubled where they stand for two (one-sided),
// and the mean over segments. Lines 0 to min(n, 256) / 2; none for no values.
void welch_density(std::span<const double> values, std::vector<double>& density);

// Line coeff of the density; NaN where there is none.
double spkt_welch_density(std::span<const double> density, std::size_t coeff);

// The entropy of the density's lines, as shares of the largest one, over bins: binned_entropy(). NaN for a
// constant series, which has no power.
double fourier_entropy(std::span<const double> density, std::size_t bins);

}  // namespace mproc::kernels::fresh
