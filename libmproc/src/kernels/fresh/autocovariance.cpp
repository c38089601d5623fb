#include "mproc/kernels/fresh/autocovariance.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <bit>
#include <cmath>
#include <complex>
#include <limits>

#include "mproc/kernels/fresh/fft.hpp"

namespace mproc::kernels::fresh {
namespace {

constexpr double no_correlation = std::numeric_limits<double>::quiet_NaN();

void multiply(const Eigen::VectorXd& centred, std::span<double> products) {
  for (std::size_t lag = 0; lag < products.size(); ++lag) {
    const Eigen::Index pairs = centred.size() - static_cast<Eigen::Index>(lag);
    products[lag] = centred.head(pairs).dot(centred.tail(pairs));
  }
}

// The products are the inverse transform of the power spectrum, which is real and even, as the transform
// itself then is: the series is followed by so many zeros that no product meets its other end.
void multiply_by_lines(const Eigen::VectorXd& centred, std::span<double> products) {
  const std::size_t n = std::bit_ceil(static_cast<std::size_t>(centred.size()) + products.size());
  std::vector<double> values(n);
  std::copy(centred.begin(), centred.end(), values.begin());
  std::vector<std::complex<double>> lines;
  real_fft(values, lines);
  for (std::size_t k = 0; k < n; ++k)
    values[k] = std::norm(lines[std::min(k, n - k)]) / static_cast<double>(n);
  real_fft(values, lines);
  for (std::size_t lag = 0; lag < products.size(); ++lag) products[lag] = lines[lag].real();
}

}  // namespace

void lagged_products(std::span<const double> values, double mean, std::size_t longest,
                     std::vector<double>& products) {
  products.assign(std::min(longest, values.size()), 0);
  if (longest < values.size()) products.push_back(0);
  const Eigen::Map<const Eigen::ArrayXd> given(values.data(), static_cast<Eigen::Index>(values.size()));
  const Eigen::VectorXd centred = given - mean;
  constexpr std::size_t many = 1024;
  if (products.size() > many)
    multiply_by_lines(centred, products);
  else
    multiply(centred, products);
}

double autocorrelation(std::span<const double> products, std::size_t n, double variance, std::size_t lag) {
  if (lag >= products.size() || std::abs(variance) <= 1e-8) return no_correlation;
  return products[lag] / (static_cast<double>(n - lag) * variance);
}

void adjusted_autocorrelations(std::span<const double> products, std::size_t n, double variance,
                               std::size_t longest, std::vector<double>& correlations) {
  correlations.clear();
  const std::size_t lags = products.empty() ? 0 : std::min(longest, products.size() - 1);
  if (n == 1 || std::abs(variance) < 1e-10) {
    correlations.assign(std::max<std::size_t>(lags, n == 1), 0);
    return;
  }
  for (std::size_t lag = 1; lag <= lags; ++lag)
    correlations.push_back(products[lag] / static_cast<double>(n - lag) /
                           (products[0] / static_cast<double>(n)));
}

void partial_autocorrelations(std::span<const double> products, std::size_t n,
                              std::span<double> coefficients) {
  std::fill(coefficients.begin(), coefficients.end(), no_correlation);
  if (n < 4 || coefficients.empty()) return;
  const std::size_t last = std::min({coefficients.size() - 1, n / 2 - 1, products.size() - 1});
  const auto covariance = [&](std::size_t lag) { return products[lag] / static_cast<double>(n - lag); };
  coefficients[0] = 1;
  std::vector<double> phi(last + 1), shorter;
  double error = covariance(0);
  for (std::size_t k = 1; k <= last; ++k) {
    double unexplained = covariance(k);
    for (std::size_t j = 1; j < k; ++j) unexplained -= phi[j] * covariance(k - j);
    const double partial = unexplained / error;
    shorter = phi;
    for (std::size_t j = 1; j < k; ++j) phi[j] = shorter[j] - partial * shorter[k - j];
    coefficients[k] = phi[k] = partial;
    error *= 1 - partial * partial;
  }
}

}  // namespace mproc::kernels::fresh
