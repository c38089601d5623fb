#include "mproc/kernels/fresh/spectrum.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include "mproc/kernels/fresh/fft.hpp"

namespace mproc::kernels::fresh {
namespace {

// The sign of cos(2 pi turns / n), exactly.
double sign_of_cosine(std::size_t turns, std::size_t n) {
  const std::size_t quarters = 4 * (turns % n);
  if (quarters == n || quarters == 3 * n) return 0;
  return quarters < n || quarters > 3 * n ? 1 : -1;
}

// sin(a) = cos(3 quarters of a turn + a), here in quarters of a step.
double sign_of_sine(std::size_t turns, std::size_t n) {
  return sign_of_cosine(4 * (turns % n) + 3 * n, 4 * n);
}

// Terms come until they have cancelled, which takes few of them.
std::complex<double> line_of_infinite(std::span<const double> values, std::span<const std::size_t> infinite,
                                      std::size_t k) {
  double real = 0, imag = 0;
  for (std::size_t i = 0; i < infinite.size() && !(std::isnan(real) && std::isnan(imag)); ++i) {
    const std::size_t j = infinite[i];
    real += values[j] * sign_of_cosine(j * k, values.size());
    imag -= values[j] * sign_of_sine(j * k, values.size());
  }
  return {real, imag};
}

void lines_of_infinite(std::span<const double> values, std::vector<std::complex<double>>& spectrum) {
  std::vector<std::size_t> infinite;
  for (std::size_t j = 0; j < values.size(); ++j)
    if (!std::isfinite(values[j])) infinite.push_back(j);
  if (infinite.empty()) return;
  for (std::size_t k = 0; k < spectrum.size(); ++k) spectrum[k] = line_of_infinite(values, infinite, k);
}

}  // namespace

void fourier_lines(std::span<const double> values, std::vector<std::complex<double>>& spectrum) {
  real_fft(values, spectrum);
  if (spectrum.empty()) return;
  lines_of_infinite(values, spectrum);
  spectrum.front().imag(0);
  if (values.size() % 2 == 0) spectrum.back().imag(0);
}

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
