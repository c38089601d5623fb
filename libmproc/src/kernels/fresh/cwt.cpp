#include "mproc/kernels/fresh/cwt.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <vector>

namespace mproc::kernels::fresh {
namespace {

constexpr std::size_t wavelet_points = 1024;
constexpr double wavelet_end = 8;

struct WaveletIntegral {
  std::array<double, wavelet_points> values;
  double step;  // between points
};

// The integral up to each point of 2 / (sqrt(3) pi^(1/4)) (1 - t^2) exp(-t^2 / 2).
WaveletIntegral integrate_ricker() {
  WaveletIntegral integral{};
  const double step = 2 * wavelet_end / (wavelet_points - 1);
  const auto at = [step](std::size_t i) { return static_cast<double>(i) * step - wavelet_end; };
  integral.step = at(1) - at(0);
  double sum = 0;
  for (std::size_t i = 0; i < wavelet_points; ++i) {
    const double square = at(i) * at(i);
    sum += (1 - square) * std::exp(-square / 2) * 2 / (std::sqrt(3) * std::pow(std::numbers::pi, 0.25));
    integral.values[i] = sum * integral.step;
  }
  return integral;
}

// The integral at every 1 / width, which is the kernel backwards.
std::vector<double> sample_wavelet(double width) {
  static const WaveletIntegral integral = integrate_ricker();
  std::vector<double> samples;
  const auto count = static_cast<std::size_t>(std::ceil(width * 2 * wavelet_end + 1));
  for (std::size_t i = 0; i < count; ++i) {
    const double place = static_cast<double>(i) / (width * integral.step);
    if (place >= static_cast<double>(wavelet_points)) break;
    samples.push_back(integral.values[static_cast<std::size_t>(place)]);
  }
  return samples;
}

// Value k of the full convolution with what samples are backwards.
double convolution_at(std::span<const double> values, std::span<const double> samples, std::size_t k) {
  const std::size_t first = k < samples.size() ? 0 : k - samples.size() + 1;
  const std::size_t end = std::min(k + 1, values.size());
  if (first >= end) return 0;
  const auto count = static_cast<Eigen::Index>(end - first);
  const Eigen::Map<const Eigen::VectorXd> data(values.data() + first, count);
  const Eigen::Map<const Eigen::VectorXd> taps(samples.data() + (samples.size() - 1 - k + first), count);
  return data.dot(taps);
}

}  // namespace

void cwt_coefficients(std::span<const double> values, double width, std::span<double> coefficients) {
  std::fill(coefficients.begin(), coefficients.end(), std::numeric_limits<double>::quiet_NaN());
  constexpr double widest = 1 << 20;
  if (!(width > 0 && width <= widest)) return;
  const std::vector<double> samples = sample_wavelet(width);
  if (samples.size() < 2) return;
  const std::size_t cut = (samples.size() - 2) / 2;
  const std::size_t count = std::min(coefficients.size(), values.size());
  double before = convolution_at(values, samples, cut);
  for (std::size_t i = 0; i < count; ++i) {
    const double here = convolution_at(values, samples, cut + i + 1);
    coefficients[i] = -std::sqrt(width) * (here - before);
    before = here;
  }
}

}  // namespace mproc::kernels::fresh
