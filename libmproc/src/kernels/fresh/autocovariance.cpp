#include "mproc/kernels/fresh/autocovariance.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>

namespace mproc::kernels::fresh {
namespace {

constexpr double no_correlation = std::numeric_limits<double>::quiet_NaN();

}  // namespace

void lagged_products(std::span<const double> values, double mean, std::size_t longest,
                     std::vector<double>& products) {
  products.assign(std::min(longest + 1, values.size()), 0);
  const Eigen::Map<const Eigen::ArrayXd> given(values.data(), static_cast<Eigen::Index>(values.size()));
  const Eigen::VectorXd centred = given - mean;
  for (std::size_t lag = 0; lag < products.size(); ++lag) {
    const Eigen::Index pairs = centred.size() - static_cast<Eigen::Index>(lag);
    products[lag] = centred.head(pairs).dot(centred.tail(pairs));
  }
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
