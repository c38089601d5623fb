#include "mproc/kernels/fresh/benford.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace mproc::kernels::fresh {
namespace {

// 0 for zero.
std::size_t first_digit(double value) {
  if (std::isnan(value)) return 0;
  std::array<char, 32> text;
  const double size = std::min(std::abs(value), std::numeric_limits<double>::max());
  std::to_chars(text.data(), text.data() + text.size(), size, std::chars_format::scientific);
  return static_cast<std::size_t>(text[0] - '0');
}

using Shares = std::array<double, 9>;

double correlation(Shares a, Shares b) {
  for (Shares* shares : {&a, &b}) {
    double mean = 0;
    for (const double share : *shares) mean += share / 9;
    for (double& share : *shares) share -= mean;
  }
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return std::clamp(ab / std::sqrt(aa) / std::sqrt(bb), -1.0, 1.0);
}

}  // namespace

double benford_correlation(std::span<const double> values) {
  std::array<std::size_t, 10> counts{};
  for (const double value : values) ++counts[first_digit(value)];
  Shares expected, found;
  for (std::size_t d = 1; d <= 9; ++d) {
    expected[d - 1] = std::log10(1 + 1 / static_cast<double>(d));
    found[d - 1] = static_cast<double>(counts[d]) / static_cast<double>(values.size());
  }
  if (std::all_of(found.begin(), found.end(), [&](double share) { return share == found[0]; }))
    return std::numeric_limits<double>::quiet_NaN();
  return correlation(expected, found);
}

}  // namespace mproc::kernels::fresh
