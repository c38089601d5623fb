#include "mproc/kernels/fresh/welch.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>

#include "mproc/kernels/fresh/arithmetic.hpp"
#include "mproc/kernels/fresh/binned_entropy.hpp"
#include "mproc/kernels/fresh/fft.hpp"

namespace mproc::kernels::fresh {
namespace {

struct Window {
  std::vector<double> weights;
  double power = 0;  // the sum of squared weights
};

Window hann(std::size_t n) {
  Window window;
  window.weights.resize(n, 1);
  const double step = 2 * std::numbers::pi / static_cast<double>(n);
  for (std::size_t i = 0; i < n && n > 1; ++i)
    window.weights[i] = 0.5 + 0.5 * std::cos(-std::numbers::pi + static_cast<double>(i) * step);
  for (const double weight : window.weights) window.power += weight * weight;
  return window;
}

// Kept, as most series of a job are longer than a segment.
const Window& hann_of(std::size_t n) {
  thread_local Window latest;
  if (latest.weights.size() != n) latest = hann(n);
  return latest;
}

}  // namespace

void welch_density(std::span<const double> values, std::vector<double>& density) {
  const std::size_t length = std::min<std::size_t>(values.size(), 256);
  density.assign(values.empty() ? 0 : length / 2 + 1, 0);
  if (values.empty()) return;
  const Window& window = hann_of(length);
  const std::size_t step = length - length / 2;
  std::vector<double> weighted(length);
  std::vector<std::complex<double>> lines;
  double segments = 0;
  for (std::size_t begin = 0; begin + length <= values.size(); begin += step, ++segments) {
    const auto segment = values.subspan(begin, length);
    const double level = mean(segment);
    for (std::size_t i = 0; i < length; ++i) weighted[i] = (segment[i] - level) * window.weights[i];
    real_fft(weighted, lines);
    for (std::size_t k = 0; k < lines.size(); ++k)
      density[k] += lines[k].real() * lines[k].real() + lines[k].imag() * lines[k].imag();
  }
  const double scale = 1 / (window.power * segments);
  const std::size_t alone = length % 2 == 0 ? length / 2 : density.size();  // stands for one, as line 0 does
  for (std::size_t k = 0; k < density.size(); ++k) density[k] *= k == 0 || k == alone ? scale : 2 * scale;
}

double spkt_welch_density(std::span<const double> density, std::size_t coeff) {
  return coeff < density.size() ? density[coeff] : std::numeric_limits<double>::quiet_NaN();
}

double fourier_entropy(std::span<const double> density, std::size_t bins) {
  if (density.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::vector<double> shares(density.begin(), density.end());
  const double largest = *std::max_element(density.begin(), density.end());
  for (double& share : shares) share /= largest;
  return binned_entropy(shares, bins);
}

}  // namespace mproc::kernels::fresh
