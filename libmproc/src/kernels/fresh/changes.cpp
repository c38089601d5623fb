#include "mproc/kernels/fresh/changes.hpp"

#include <cmath>
#include <limits>

#include "mproc/kernels/fresh/arithmetic.hpp"

namespace mproc::kernels::fresh {
namespace {

// 2 lag < n, for any lag.
bool reaches(std::size_t n, std::size_t lag) {
  return lag < n && lag < n - lag;
}

}  // namespace

double absolute_sum_of_changes(std::span<const double> changes) {
  return sum_of(changes.size(), [changes](std::size_t i) { return std::abs(changes[i]); });
}

double mean_abs_change(std::span<const double> changes) {
  return mean_of(changes.size(), [changes](std::size_t i) { return std::abs(changes[i]); });
}

double mean_change(std::span<const double> values) {
  if (values.size() < 2) return std::numeric_limits<double>::quiet_NaN();
  return (values.back() - values.front()) / static_cast<double>(values.size() - 1);
}

double mean_second_derivative_central(std::span<const double> values) {
  const std::size_t n = values.size();
  if (n < 3) return std::numeric_limits<double>::quiet_NaN();
  return (values[n - 1] - values[n - 2] - values[1] + values[0]) / (2 * static_cast<double>(n - 2));
}

double cid_ce(std::span<const double> changes) {
  return std::sqrt(sum_of(changes.size(), [changes](std::size_t i) { return changes[i] * changes[i]; }));
}

double normalized_cid_ce(std::span<const double> values, double mean, double deviation) {
  if (deviation == 0 || values.size() < 2) return 0;
  const auto scaled = [=](std::size_t i) { return (values[i] - mean) / deviation; };
  return std::sqrt(sum_of(values.size() - 1, [&](std::size_t i) {
    const double change = scaled(i + 1) - scaled(i);
    return change * change;
  }));
}

double c3(std::span<const double> values, std::size_t lag) {
  if (!reaches(values.size(), lag)) return 0;
  return mean_of(values.size() - 2 * lag,
                 [values, lag](std::size_t i) { return values[i + 2 * lag] * values[i + lag] * values[i]; });
}

double time_reversal_asymmetry_statistic(std::span<const double> values, std::size_t lag) {
  if (!reaches(values.size(), lag)) return 0;
  return mean_of(values.size() - 2 * lag, [values, lag](std::size_t i) {
    const double early = values[i], middle = values[i + lag], late = values[i + 2 * lag];
    return late * late * middle - middle * early * early;
  });
}

}  // namespace mproc::kernels::fresh
