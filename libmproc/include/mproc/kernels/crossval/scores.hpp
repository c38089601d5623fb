#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace mproc::kernels::crossval {

/// Of one candidate over all splits, as in scikit-learn's cv_results_.
struct Score {
  double mean = 0;       ///< NaN where a split failed
  double deviation = 0;  ///< with ddof 0; NaN where a split failed
  std::uint64_t rank =
      0;  ///< 1 is the highest mean; equal means share their least rank, and so do NaN, behind all others
};

/// `scores`: candidate by candidate, of each split; NaN where it failed. Greater is better.
std::vector<Score> score_table(std::span<const double> scores, std::size_t splits);

/// The first candidate of rank 1; nothing where each has failed.
std::optional<std::size_t> best(std::span<const Score> table);

/// Whether a mean is above another one; NaN is below all.
bool better(double mean, double other);

}  // namespace mproc::kernels::crossval
