#pragma once

#include <cstddef>
#include <span>

namespace mproc::kernels::fresh {

// Sums, means and variances with NumPy's order of additions, so that features are equal to what NumPy gives,
// to the last bits: pairwise over halves (their first a multiple of 8 long), blocks of up to 128 values in
// eight accumulators (numpy/core/src/umath/loops_utils.h.src, pairwise_sum). NaN and infinities propagate.

namespace detail {

template <class Term>
double sum_between(std::size_t begin, std::size_t n, const Term& term) {
  constexpr std::size_t block = 128;
  if (n < 8) {
    double total = 0;
    for (std::size_t i = 0; i < n; ++i) total += term(begin + i);
    return total;
  }
  if (n > block) {
    const std::size_t half = n / 2 - n / 2 % 8;
    return sum_between(begin, half, term) + sum_between(begin + half, n - half, term);
  }
  double part[8];
  for (std::size_t k = 0; k < 8; ++k) part[k] = term(begin + k);
  std::size_t i = 8;
  for (; i + 8 <= n; i += 8)
    for (std::size_t k = 0; k < 8; ++k) part[k] += term(begin + i + k);
  double total = ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
  for (; i < n; ++i) total += term(begin + i);
  return total;
}

}  // namespace detail

// The sum of term(0) to term(n - 1): what NumPy gives for an array of these terms.
template <class Term>
double sum_of(std::size_t n, const Term& term) {
  return detail::sum_between(0, n, term);
}

// Their mean; NaN for none.
template <class Term>
double mean_of(std::size_t n, const Term& term) {
  return sum_of(n, term) / static_cast<double>(n);
}

// The sum; 0 for none.
double sum(std::span<const double> values);
// The arithmetic mean; NaN for none.
double mean(std::span<const double> values);
// The mean squared distance from mean, which is mean(values): two passes, ddof 0. NaN for none.
double variance(std::span<const double> values, double mean);

// Whether there is neither a NaN nor an infinity.
bool all_finite(std::span<const double> values);

}  // namespace mproc::kernels::fresh
