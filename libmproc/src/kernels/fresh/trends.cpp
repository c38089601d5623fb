#include "mproc/kernels/fresh/trends.hpp"

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "mproc/kernels/fresh/arithmetic.hpp"

namespace mproc::kernels::fresh {
namespace {

constexpr double no_trend = std::numeric_limits<double>::quiet_NaN();
constexpr TrendLine no_line{no_trend, no_trend, no_trend, no_trend, no_trend};

namespace policies = boost::math::policies;
using Quiet = policies::policy<
    policies::domain_error<policies::ignore_error>, policies::pole_error<policies::ignore_error>,
    policies::overflow_error<policies::ignore_error>, policies::underflow_error<policies::ignore_error>,
    policies::evaluation_error<policies::ignore_error>, policies::promote_double<false>>;

// P(|T| > |t|) for Student's t with df degrees of freedom: I_x(df / 2, 1 / 2) at x = df / (df + t^2)
// (Abramowitz and Stegun 26.7.1), by its complement where x is near 1.
double two_sided_p(double t, double df) {
  if (std::isnan(t)) return t;
  const double square = t * t;
  if (square < df) return boost::math::ibetac(0.5, df / 2, square / (df + square), Quiet());
  return boost::math::ibeta(df / 2, 0.5, df / (df + square), Quiet());
}

// What covariances and means tell of n points.
struct Covariances {
  double n, x_mean, y_mean, xx, xy, yy;
};

double correlation_of(const Covariances& of) {
  if (of.xx == 0 || of.yy == 0) return 0;
  const double r = of.xy / std::sqrt(of.xx * of.yy);
  return r > 1 ? 1 : r < -1 ? -1 : r;
}

// Of one point, or three and more.
TrendLine line_through(const Covariances& of) {
  constexpr double tiny = 1e-20;
  const double r = correlation_of(of), df = of.n - 2;
  TrendLine line{};
  line.slope = of.xy / of.xx;
  line.intercept = of.y_mean - line.slope * of.x_mean;
  line.rvalue = r;
  line.pvalue = two_sided_p(r * std::sqrt(df / ((1 - r + tiny) * (1 + r + tiny))), df);
  line.stderror = std::sqrt((1 - r * r) * of.yy / of.xx / df);
  return line;
}

TrendLine line_of(const Covariances& of, std::span<const double> y) {
  TrendLine line = line_through(of);
  if (y.size() == 2) {
    line.pvalue = y[0] == y[1] ? 1 : 0;
    line.stderror = 0;
  }
  return line;
}

}  // namespace

TrendLine linear_trend(std::span<const double> y) {
  if (y.empty()) return no_line;
  Covariances of{};
  const std::size_t count = y.size();
  of.n = static_cast<double>(count);
  of.x_mean = (of.n - 1) / 2;
  of.xx = (of.n * of.n - 1) / 12;
  of.y_mean = mean(y);
  of.yy = variance(y, of.y_mean);
  // Values as far from the middle on both sides together: exact zeros for what is symmetric.
  of.xy = sum_of(count / 2,
                 [&](std::size_t i) {
                   return (of.x_mean - static_cast<double>(i)) * (y[count - 1 - i] - y[i]);
                 }) /
          of.n;
  if (!std::isfinite(of.y_mean)) of.xy = no_trend;
  return line_of(of, y);
}

TrendLine linear_trend(std::span<const double> x, std::span<const double> y) {
  if (y.empty()) return no_line;
  if (y.size() > 1 && std::all_of(x.begin(), x.end(), [&](double value) { return value == x[0]; }))
    return no_line;
  Covariances of{};
  of.n = static_cast<double>(y.size());
  of.x_mean = mean(x);
  of.y_mean = mean(y);
  of.xx = variance(x, of.x_mean);
  of.yy = variance(y, of.y_mean);
  of.xy = mean_of(y.size(), [&](std::size_t i) { return (x[i] - of.x_mean) * (y[i] - of.y_mean); });
  return line_of(of, y);
}

TrendLine linear_trend_timewise(std::span<const double> hours, std::span<const double> y) {
  if (hours.size() != y.size()) return no_line;
  std::vector<double> since(hours.begin(), hours.end());
  for (double& hour : since) hour -= hours[0];
  return linear_trend(since, y);
}

TrendLine agg_linear_trend(std::span<const double> values, std::size_t chunk_len, Aggregate f_agg) {
  if (chunk_len >= values.size()) return no_line;
  std::vector<double> aggregates;
  for (std::size_t begin = 0; begin < values.size(); begin += chunk_len)
    aggregates.push_back(aggregate(values.subspan(begin, std::min(chunk_len, values.size() - begin)), f_agg));
  return linear_trend(aggregates);
}

}  // namespace mproc::kernels::fresh
