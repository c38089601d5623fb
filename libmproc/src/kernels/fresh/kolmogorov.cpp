#include "mproc/kernels/fresh/kolmogorov.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>
#include <numbers>

namespace mproc::kernels::fresh {
namespace {

constexpr std::uint64_t most_for_matrix = 140;

// On one side alone (N. V. Smirnov; Z. W. Birnbaum and F. H. Tingey, 1951): for each j the probability that j
// of n values lie below j/n + distance, weighted.
double one_sided_tail(std::uint64_t n, double distance) {
  const auto size = static_cast<double>(n);
  double sum = 0;
  for (std::uint64_t j = 0; j < n; ++j) {
    const auto below = static_cast<double>(j);
    const double p = distance + below / size;
    if (p >= 1) break;
    sum += boost::math::pdf(boost::math::binomial_distribution<>(size, p), below) / p;
  }
  return distance * sum;
}

// J. Durbin's matrix as G. Marsaglia, W. W. Tsang and J. Wang raise it to a power (Evaluating Kolmogorov's
// Distribution, 2003): the probability of staying below.
double by_matrix(std::uint64_t n, double distance) {
  const double scaled = static_cast<double>(n) * distance;
  const auto k = static_cast<Eigen::Index>(scaled) + 1;
  const Eigen::Index size = 2 * k - 1;
  const double h = static_cast<double>(k) - scaled;
  Eigen::MatrixXd step(size, size);
  for (Eigen::Index i = 0; i < size; ++i)
    for (Eigen::Index j = 0; j < size; ++j) step(i, j) = i + 1 < j ? 0 : 1;
  for (Eigen::Index i = 0; i < size; ++i) {
    step(i, 0) -= std::pow(h, i + 1);
    step(size - 1, i) -= std::pow(h, size - i);
  }
  if (2 * h > 1) step(size - 1, 0) += std::pow(2 * h - 1, size);
  for (Eigen::Index i = 0; i < size; ++i)
    for (Eigen::Index j = 0; j <= i; ++j) step(i, j) /= std::tgamma(static_cast<double>(i - j + 2));
  Eigen::VectorXd paths = Eigen::VectorXd::Unit(size, k - 1);
  for (std::uint64_t i = 1; i <= n; ++i)
    paths = step * paths * (static_cast<double>(i) / static_cast<double>(n));
  return paths(k - 1);
}

// W. Pelz and I. J. Good, Approximating the Lower Tail-Areas of the Kolmogorov-Smirnov One-Sample Statistic
// (1976): the limit for many values and three corrections, in powers of 1/sqrt(n).
double by_series(std::uint64_t n, double distance) {
  const double pi2 = std::numbers::pi * std::numbers::pi, root = std::sqrt(static_cast<double>(n));
  const double z = root * distance, z2 = z * z, z4 = z2 * z2, z6 = z4 * z2;
  double limit = 0, first = 0, second = 0, third = 0;
  for (int k = 0; k < 20; ++k) {
    const double odd = pi2 * (k + 0.5) * (k + 0.5), whole = pi2 * k * k;
    const double odd_weight = std::exp(-odd / (2 * z2)),
                 whole_weight = k > 0 ? std::exp(-whole / (2 * z2)) : 0;
    limit += odd_weight;
    first += (odd - z2) * odd_weight;
    second += (6 * z6 + 2 * z4 + (2 * z4 - 5 * z2) * odd + (1 - 2 * z2) * odd * odd) * odd_weight;
    second -= 2 * z4 * whole * whole_weight;
    third += ((5 - 30 * z2) * odd * odd * odd + (212 * z4 - 60 * z2) * odd * odd +
              (135 * z4 - 96 * z6) * odd - 30 * z6 - 90 * z4 * z4) *
             odd_weight;
    third += 30 * z4 * (3 * z2 * whole - whole * whole) * whole_weight;
  }
  const double scale = std::sqrt(2 * std::numbers::pi) / z;
  return scale * (limit + first / (6 * z2 * z * root) + second / (72 * z6 * root * root) +
                  third / (6480 * z6 * z2 * z * root * root * root));
}

}  // namespace

double kolmogorov_upper_tail(std::uint64_t n, double distance) {
  if (distance >= 1) return 0;
  const double scaled = static_cast<double>(n) * distance;
  if (scaled <= 0.5) return 1;
  const bool far = scaled * distance >= (n <= most_for_matrix ? 4 : 2.2);
  if (far) return std::min(1.0, 2 * one_sided_tail(n, distance));
  const double below = n <= most_for_matrix ? by_matrix(n, distance) : by_series(n, distance);
  return std::clamp(1 - below, 0.0, 1.0);
}

}  // namespace mproc::kernels::fresh
