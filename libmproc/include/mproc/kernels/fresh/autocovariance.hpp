#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace mproc::kernels::fresh {

// Lagged products are s[k] = sum_i (x[i] - mean)(x[i + k] - mean), what all calculators here share, for lags
// 0 to min(longest, n - 1).
void lagged_products(std::span<const double> values, double mean, std::size_t longest,
                     std::vector<double>& products);

// s[lag] / ((n - lag) variance), n values. NaN where the variance is close to 0 (1e-8) and for lags from n
// on.
double autocorrelation(std::span<const double> products, std::size_t n, double variance, std::size_t lag);

// The autocorrelations s[k] / (n - k) / (s[0] / n) of lags 1 to min(longest, n - 1), of which
// agg_autocorrelation takes the mean, median or variance. Where the variance is below 1e-10 they are 0, and
// for one value there is one, 0.
void adjusted_autocorrelations(std::span<const double> products, std::size_t n, double variance,
                               std::size_t longest, std::vector<double>& correlations);

// The correlation of values lag apart, given those between: by Levinson and Durbin's recursion on the
// adjusted autocovariances s[k] / (n - k) (J. Durbin, Rev. Inst. Int. Stat. 28, 1960). Coefficients 0 to
// coefficients.size() - 1; NaN from n / 2 on, and all for fewer than four values.
void partial_autocorrelations(std::span<const double> products, std::size_t n,
                              std::span<double> coefficients);

}  // namespace mproc::kernels::fresh
