#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "mproc/kernels/fresh/kendall.hpp"
#include "mproc/kernels/fresh/mann_whitney.hpp"
#include "mproc/kernels/fresh/ranks.hpp"
#include "mproc/kernels/fresh/target.hpp"

namespace mproc::kernels::fresh {

/// By how many distinct values it has: one, two, more.
enum class FeatureType : std::uint8_t { constant, binary, real };
std::string_view name_of(FeatureType type);

/// What tells whether a real feature has to do with a label: tsfresh's `mann` and `smir`.
enum class LabelTest : std::uint8_t { mann_whitney, kolmogorov_smirnov };

struct FeatureResult {
  FeatureType type = FeatureType::constant;
  std::vector<double> p_values;  ///< one for each label, or one for a regression; none for a constant feature
};

/// A target, with the work that is the same for all features done. Tests do not change it: threads may share
/// one.
class PreparedTarget {
 public:
  explicit PreparedTarget(Target target, LabelTest label_test = LabelTest::mann_whitney);

  /// The probability that a feature which has nothing to do with the target looks at least as much as if it
  /// had. Each label is tested against all others, by Fisher's exact test (binary feature), or Mann-Whitney
  /// or Kolmogorov-Smirnov (real feature); numbers by Kolmogorov-Smirnov (binary feature), or Kendall's tau
  /// (real feature). `values`: one for each row of the target; infinities are values like others. Throws
  /// UserError that names the feature where one is NaN.
  FeatureResult test(std::string_view feature, std::span<const double> values) const;

 private:
  std::vector<double> test_binary(std::span<const double> values) const;
  std::vector<double> test_real(std::span<const double> values) const;
  template <class PValue>
  std::vector<double> of_each_label(const PValue& p_value) const;

  Target target_;
  LabelTest label_test_;
  std::vector<std::uint64_t> sizes_;                        // rows of each label
  std::map<std::uint64_t, MannWhitneyDistribution> exact_;  // by the smaller of a label's size and the rest's
  Ascending sorted_;                                        // the numbers of a regression
  std::optional<KendallSample> ranks_;
};

}  // namespace mproc::kernels::fresh
