#include "mproc/kernels/fresh/mann_whitney.hpp"

#include <algorithm>
#include <boost/math/special_functions/binomial.hpp>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace mproc::kernels::fresh {
namespace {

double pairs(const MannWhitneyU& test) {
  return static_cast<double>(test.first) * static_cast<double>(test.second);
}

// How many of the arrangements of m and n values have a U of 0, 1, ... up to `last`: the coefficients of the
// Gaussian binomial, a product over i = 1..m of (1 - q^(n+i)) / (1 - q^i).
std::vector<double> arrangements(std::size_t m, std::size_t n, std::size_t last) {
  std::vector<double> counts(last + 1);
  counts[0] = 1;
  for (std::size_t i = 1; i <= m; ++i) {
    for (std::size_t u = last + 1; u-- > n + i;) counts[u] -= counts[u - n - i];
    for (std::size_t u = i; u <= last; ++u) counts[u] += counts[u - i];
  }
  return counts;
}

}  // namespace

MannWhitneyU MannWhitneyU::of_rank_sum(double sum, std::uint64_t first, std::uint64_t second) {
  const auto size = static_cast<double>(first);
  return {first, second, sum - size * (size + 1) / 2};
}

MannWhitneyDistribution::MannWhitneyDistribution(std::uint64_t first, std::uint64_t second)
    : lower_tail_(arrangements(std::min(first, second), std::max(first, second), first * second / 2)) {
  const auto few = static_cast<unsigned>(std::min(first, second));
  const auto all = static_cast<unsigned>(first + second);
  const double total = boost::math::binomial_coefficient<double>(all, few);
  double sum = 0;
  for (double& count : lower_tail_) {
    sum += count;
    count = sum / total;
  }
}

double MannWhitneyDistribution::p_value(const MannWhitneyU& test) const {
  const double u = std::min(test.u, pairs(test) - test.u);
  return std::min(1.0, 2 * lower_tail_.at(static_cast<std::size_t>(u)));
}

double mann_whitney_asymptotic(const MannWhitneyU& test, double tie_cubes) {
  const double mean = pairs(test) / 2, n = static_cast<double>(test.first + test.second);
  const double variance = pairs(test) / 12 * ((n + 1) - tie_cubes / (n * (n - 1)));
  const double z = (std::abs(test.u - mean) - 0.5) / std::sqrt(variance);
  return std::min(1.0, std::erfc(z / std::numbers::sqrt2));
}

}  // namespace mproc::kernels::fresh
