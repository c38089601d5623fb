#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mproc/kernels/fresh/ranks.hpp"

namespace mproc::kernels::fresh {

/// A sample that others are compared with.
struct KendallSample {
  explicit KendallSample(std::span<const double> values);

  std::vector<std::uint32_t> ranks;  ///< of each row among the distinct values, from 0
  Ties ties;
};

/// Kendall's tau-b, which takes ties into account (M. G. Kendall, The Treatment of Ties in Ranking Problems,
/// 1945).
struct Kendall {
  double tau = 0;
  double p_value = 1;  ///< two-sided, by the normal approximation
};

/// O(n log n): discordant pairs are the exchanges of a merge sort (W. R. Knight, 1966). At least three rows;
/// NaN where either sample is constant.
Kendall kendall(const Ascending& x, const KendallSample& y);

}  // namespace mproc::kernels::fresh
