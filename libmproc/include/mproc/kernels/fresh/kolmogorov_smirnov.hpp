#pragma once

#include <cstdint>
#include <span>

#include "mproc/kernels/fresh/ranks.hpp"

namespace mproc::kernels::fresh {

/// How far apart the distribution functions of two samples come.
struct KolmogorovSmirnov {
  std::uint64_t first = 0;  ///< sizes of the samples, not 0; their product is below 2^63
  std::uint64_t second = 0;
  std::uint64_t gap = 0;  ///< the largest distance, times first * second

  double statistic() const;
};

/// One group of a sample, which has `first` rows, against all other rows.
KolmogorovSmirnov kolmogorov_smirnov(const Ascending& sample, std::span<const std::uint32_t> groups,
                                     std::uint32_t group, std::uint64_t first);

/// Two-sided. Exact where both samples have at most 10,000 values, as with `auto` of SciPy's ks_2samp: for
/// equal sizes by B. V. Gnedenko and V. S. Korolyuk (1951), else by counting paths (J. L. Hodges, The
/// Significance Probability of the Smirnov Two-Sample Test, 1958) in T. Viehmann's stable form (arXiv
/// 2102.08037), in first * second steps at most. For larger samples, and as SciPy does, by the distribution
/// for one sample of first * second / (first + second) values.
double p_value(const KolmogorovSmirnov& test);

}  // namespace mproc::kernels::fresh
