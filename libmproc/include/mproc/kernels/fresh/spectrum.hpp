#pragma once

#include <complex>
#include <cstddef>
#include <span>
#include <vector>

namespace mproc::kernels::fresh {

// What the lines X[0] to X[n / 2] of the discrete Fourier transform tell of a series.

// The lines (real_fft), with no imaginary part in lines 0 and n / 2, which stand for no phase. Those of a
// series with infinite values are what its infinite terms x[j] cos and x[j] sin add up to: infinite, or NaN
// where they cancel or a term is infinity times 0. With NaNs all are NaN.
void fourier_lines(std::span<const double> values, std::vector<std::complex<double>>& spectrum);

enum class LinePart { real, imag, abs, angle };
// A part of line coeff, the angle in degrees; NaN where there is no such line. magnitudes are the lines'
// absolute values.
double fft_coefficient(std::span<const std::complex<double>> spectrum, std::span<const double> magnitudes,
                       std::size_t coeff, LinePart part);

// The magnitudes as a distribution over 0, 1, 2 ... With its raw moments m_k = sum(k-th power * magnitude) /
// sum(magnitude): centroid m1, variance m2 - m1^2, skew (m3 - 3 m1 variance - m1^3) / variance^(3/2) and
// kurtosis (m4 - 4 m1 m3 + 6 m2 m1^2 - 3 m1) / variance^2. The last is not what kurtosis is, which has m1^4,
// but what tsfresh computes. Skew and kurtosis are NaN for a variance below 0.5, where rounding is most of
// them.
struct SpectrumShape {
  double centroid, variance, skew, kurtosis;
  // As the KX toolkit computes it: (m4 - 4 m1 (m3 - 3 m1) + 6 m2 m1^2) / variance^2.
  double kx_kurtosis;
};
SpectrumShape fft_aggregated(std::span<const double> magnitudes);

}  // namespace mproc::kernels::fresh
