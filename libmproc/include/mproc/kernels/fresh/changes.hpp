#pragma once

#include <cstddef>
#include <span>

namespace mproc::kernels::fresh {

// How values follow each other. changes are x[i + 1] - x[i]; NaN and infinities propagate.

// sum(|changes|); 0 for fewer than two values.
double absolute_sum_of_changes(std::span<const double> changes);
// mean(|changes|); NaN for fewer than two values.
double mean_abs_change(std::span<const double> changes);
// (x[n - 1] - x[0]) / (n - 1); NaN for fewer than two values.
double mean_change(std::span<const double> values);
// The mean of (x[i + 2] - 2 x[i + 1] + x[i]) / 2, of which most cancels:
// (x[n - 1] - x[n - 2] - x[1] + x[0]) / (2 (n - 2)); NaN for fewer than three values.
double mean_second_derivative_central(std::span<const double> values);
// An estimate of complexity, sqrt(sum(changes^2)) (G. Batista et al., Data Min. Knowl. Discov. 28, 2014).
double cid_ce(std::span<const double> changes);
// The same of (x - mean) / deviation; 0 where the deviation is 0.
double normalized_cid_ce(std::span<const double> values, double mean, double deviation);
// mean(x[i + 2 lag] x[i + lag] x[i]), a measure of non-linearity (T. Schreiber, A. Schmitz, Phys. Rev. E 55,
// 1997); 0 unless there are more than 2 lag values.
double c3(std::span<const double> values, std::size_t lag);
// mean(x[i + 2 lag]^2 x[i + lag] - x[i + lag] x[i]^2) (B. D. Fulcher, N. S. Jones, IEEE Trans. Knowl. Data
// Eng. 26, 2014); 0 unless there are more than 2 lag values.
double time_reversal_asymmetry_statistic(std::span<const double> values, std::size_t lag);

}  // namespace mproc::kernels::fresh
