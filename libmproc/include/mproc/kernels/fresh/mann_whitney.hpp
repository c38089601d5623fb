#pragma once

#include <cstdint>
#include <vector>

namespace mproc::kernels::fresh {

/// The sizes of two samples, and how many pairs with one of each are in favour of the first, ties counted
/// half.
struct MannWhitneyU {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  double u = 0;

  /// By the sum of the first sample's ranks among both.
  static MannWhitneyU of_rank_sum(double sum, std::uint64_t first, std::uint64_t second);
};

/// The distribution of U under the null hypothesis where no values are equal (H. B. Mann and D. R. Whitney,
/// On a Test of Whether one of Two Random Variables is Stochastically Larger than the Other, 1947). Memory:
/// half of first * second doubles.
class MannWhitneyDistribution {
 public:
  /// Where `auto` of SciPy's mannwhitneyu is exact, as long as there are no ties.
  static bool is_used_for(std::uint64_t first, std::uint64_t second) { return first <= 8 || second <= 8; }
  MannWhitneyDistribution(std::uint64_t first, std::uint64_t second);
  /// Two-sided; for samples of these sizes.
  double p_value(const MannWhitneyU& test) const;

 private:
  std::vector<double> lower_tail_;  // the probability of at most that U, up to the middle
};

/// Two-sided p-value by the normal approximation with continuity and tie corrections. `tie_cubes`: the sum of
/// t^3-t over runs of t equal values in both samples, whose values are not all the same.
double mann_whitney_asymptotic(const MannWhitneyU& test, double tie_cubes);

}  // namespace mproc::kernels::fresh
