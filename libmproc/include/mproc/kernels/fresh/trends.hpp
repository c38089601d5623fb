#pragma once

#include <cstddef>
#include <span>

#include "mproc/kernels/fresh/aggregate.hpp"

namespace mproc::kernels::fresh {

// The straight line through points by least squares, as scipy.stats.linregress computes it: with covariances
// s (ddof 0), slope = s_xy / s_xx, intercept = mean(y) - slope mean(x), rvalue = s_xy / sqrt(s_xx s_yy) in
// [-1, 1] (0 where s_xx or s_yy is), stderror = sqrt((1 - rvalue^2) s_yy / s_xx / (n - 2)), and pvalue that
// of Student's t (n - 2 degrees of freedom, two-sided) for t = rvalue sqrt((n - 2) / ((1 - rvalue + tiny) (1
// + rvalue + tiny))), tiny = 1e-20, against a slope of 0. Two points: stderror 0, pvalue 1 where both y are
// equal, else 0. One point: slope, intercept, pvalue and stderror are NaN. None: all are.
struct TrendLine {
  double slope, intercept, rvalue, pvalue, stderror;
};
// Over x = 0, 1, 2 ...
TrendLine linear_trend(std::span<const double> y);
// Over x, as many as y. Where all x are equal (and more than one) there is no line: all NaN.
TrendLine linear_trend(std::span<const double> x, std::span<const double> y);
// linear_trend over times since the first; all NaN unless there are as many as values.
TrendLine linear_trend_timewise(std::span<const double> hours, std::span<const double> y);

// linear_trend of an aggregate of each chunk of chunk_len values (the last one may be shorter); all NaN where
// one chunk would hold all values.
TrendLine agg_linear_trend(std::span<const double> values, std::size_t chunk_len, Aggregate f_agg);

}  // namespace mproc::kernels::fresh
