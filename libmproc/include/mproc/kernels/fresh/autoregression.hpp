#pragma once

#include <cstddef>
#include <span>

namespace mproc::kernels::fresh {

// The least squares fit x[t] = c[0] + c[1] x[t - 1] + ... + c[k] x[t - k] (conditional maximum likelihood of
// an autoregressive process), the shortest one where several fit alike. coefficients takes all k + 1. With
// fewer than 2k + 2 values there is no fit: c[0] to c[k - 1] are NaN and c[k] is 0, as in tsfresh. All are
// NaN where a value is not finite.
void ar_coefficients(std::span<const double> values, std::span<double> coefficients);

// The augmented Dickey-Fuller test of a unit root against a stationary series about a constant (D. A. Dickey,
// W. A. Fuller, J. Am. Stat. Assoc. 74, 1979): x[t] - x[t - 1] is regressed on x[t - 1], on 0 to min(n / 2 -
// 2, 12 (n / 100)^(1/4)) of the differences before it, and on a constant.
struct DickeyFuller {
  double statistic;  // t of x[t - 1]'s coefficient
  double p_value;    // MacKinnon's approximation (J. Bus. Econ. Stat. 12, 1994)
  double used_lag;   // how many differences
};
// How many differences are taken: the fit with the smallest information criterion (on the sample that all can
// have), as few as keep the last one's |t| at the normal distribution's 95 % point, or the most.
enum class LagChoice { aic, bic, t_stat, most };
// All NaN for fewer than four values and where a value is not finite.
DickeyFuller augmented_dickey_fuller(std::span<const double> values, LagChoice choice);

}  // namespace mproc::kernels::fresh
