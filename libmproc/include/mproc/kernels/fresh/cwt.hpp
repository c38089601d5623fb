#pragma once

#include <span>

namespace mproc::kernels::fresh {

// Coefficients 0 to coefficients.size() - 1 of the continuous wavelet transform with the Ricker wavelet
// ("Mexican hat") of one width, as PyWavelets computes it: the wavelet's integral, 1024 points of it from -8
// to 8, is sampled at the width; coefficients are -sqrt(width) times the differences of its convolution with
// the series, the middle n of them. NaN from the n-th on, and for widths too small (below 1 / 64) or too
// large (beyond 2^20) to sample.
void cwt_coefficients(std::span<const double> values, double width, std::span<double> coefficients);

}  // namespace mproc::kernels::fresh
