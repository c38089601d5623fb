#include "mproc/kernels/fresh/spectrum.hpp"

#include <cmath>
#include <limits>
#include <numbers>

namespace mproc::kernels::fresh {

double fft_coefficient(std::span<const std::complex<double>> spectrum, std::span<const double> magnitudes,
                       std::size_t coeff, LinePart part) {
  if (coeff >= spectrum.size()) return std::numeric_limits<double>::quiet_NaN();
  const std::complex<double> line = spectrum[coeff];
  switch (part) {
    case LinePart::real:
      return line.real();
    case LinePart::imag:
      return line.imag();
    case LinePart::abs:
      return magnitudes[coeff];
    case LinePart::angle:
      return std::atan2(line.imag(), line.real()) * (180 / std::numbers::pi);
  }
  return 0;
}

SpectrumShape fft_aggregated(std::span<const double> magnitudes) {
  double m[5] = {};
  for (std::size_t i = 0; i < magnitudes.size(); ++i) {
    double term = magnitudes[i];
    for (double& moment : m) {
      moment += term;
      term *= static_cast<double>(i);
    }
  }
  const double m1 = m[1] / m[0], m2 = m[2] / m[0], m3 = m[3] / m[0], m4 = m[4] / m[0];
  SpectrumShape shape{};
  shape.centroid = m1;
  shape.variance = m2 - m1 * m1;
  const double square = shape.variance * shape.variance;
  shape.skew = (m3 - 3 * m1 * shape.variance - m1 * m1 * m1) / (shape.variance * std::sqrt(shape.variance));
  shape.kurtosis = (m4 - 4 * m1 * m3 + 6 * m2 * m1 * m1 - 3 * m1) / square;
  shape.kx_kurtosis = (m4 - 4 * m1 * (m3 - 3 * m1) + 6 * m2 * m1 * m1) / square;
  if (shape.variance < 0.5)
    shape.skew = shape.kurtosis = shape.kx_kurtosis = std::numeric_limits<double>::quiet_NaN();
  return shape;
}

}  // namespace mproc::kernels::fresh
