#include "mproc/kernels/fresh/feature_test.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "mproc/base/error.hpp"
#include "mproc/kernels/fresh/fisher_exact.hpp"
#include "mproc/kernels/fresh/kolmogorov_smirnov.hpp"

namespace mproc::kernels::fresh {
namespace {

void refuse_nan(std::string_view feature, std::span<const double> values) {
  const auto at = std::find_if(values.begin(), values.end(), [](double value) { return std::isnan(value); });
  MPROC_CHECK(
      at == values.end(),
      "feature '{}' has no value (NaN) in row {}, so it cannot be tested: impute the features, or leave this "
      "one out",
      feature, at - values.begin() + 1);
}

FeatureType feature_type(std::span<const double> values) {
  const auto other_than = [&](double first, double second) {
    return std::find_if(values.begin(), values.end(),
                        [=](double value) { return value != first && value != second; });
  };
  const double first = values.front();
  const auto second = other_than(first, first);
  if (second == values.end()) return FeatureType::constant;
  return other_than(first, *second) == values.end() ? FeatureType::binary : FeatureType::real;
}

}  // namespace

std::string_view name_of(FeatureType type) {
  switch (type) {
    case FeatureType::binary:
      return "binary";
    case FeatureType::real:
      return "real";
    case FeatureType::constant:
      break;
  }
  return "constant";
}

PreparedTarget::PreparedTarget(Target target, LabelTest label_test)
    : target_(std::move(target)), label_test_(label_test), sizes_(target_.labels.size()) {
  if (!target_.is_classification()) {
    sorted_ = ascending(target_.values);
    ranks_.emplace(target_.values);
    return;
  }
  for (const std::uint32_t code : target_.codes) ++sizes_[code];
  if (label_test_ != LabelTest::mann_whitney) return;
  for (const std::uint64_t size : sizes_) {
    const std::uint64_t rest = target_.rows() - size;
    if (MannWhitneyDistribution::is_used_for(size, rest))
      exact_.try_emplace(std::min(size, rest), size, rest);
  }
}

FeatureResult PreparedTarget::test(std::string_view feature, std::span<const double> values) const {
  MPROC_ASSERT(values.size() == target_.rows(), "{} values for {} rows", values.size(), target_.rows());
  refuse_nan(feature, values);
  switch (feature_type(values)) {
    case FeatureType::binary:
      return {FeatureType::binary, test_binary(values)};
    case FeatureType::real:
      return {FeatureType::real, test_real(values)};
    case FeatureType::constant:
      break;
  }
  return {};
}

// Of two labels each is the other's rest.
template <class PValue>
std::vector<double> PreparedTarget::of_each_label(const PValue& p_value) const {
  if (sizes_.size() == 2) return std::vector<double>(2, p_value(0U));
  std::vector<double> p_values;
  for (std::uint32_t label = 0; label < sizes_.size(); ++label) p_values.push_back(p_value(label));
  return p_values;
}

std::vector<double> PreparedTarget::test_binary(std::span<const double> values) const {
  std::vector<std::uint32_t> is_first;
  for (const double value : values) is_first.push_back(value == values.front());
  const auto firsts = static_cast<std::uint64_t>(std::count(is_first.begin(), is_first.end(), 1U));
  if (!target_.is_classification()) return {p_value(kolmogorov_smirnov(sorted_, is_first, 1, firsts))};
  std::vector<std::uint64_t> firsts_of(sizes_.size());
  for (std::size_t row = 0; row < is_first.size(); ++row) firsts_of[target_.codes[row]] += is_first[row];
  return of_each_label([&](std::uint32_t label) {
    const std::uint64_t here = firsts_of[label], others = sizes_[label] - here;
    return fisher_exact(here, others, firsts - here, values.size() - firsts - others);
  });
}

std::vector<double> PreparedTarget::test_real(std::span<const double> values) const {
  const Ascending feature = ascending(values);
  if (!target_.is_classification()) return {kendall(feature, *ranks_).p_value};
  if (label_test_ == LabelTest::kolmogorov_smirnov)
    return of_each_label([&](std::uint32_t label) {
      return p_value(kolmogorov_smirnov(feature, target_.codes, label, sizes_[label]));
    });
  const std::vector<double> sums = rank_sums(feature, target_.codes, sizes_.size());
  const Ties feature_ties = ties(feature);
  return of_each_label([&](std::uint32_t label) {
    const std::uint64_t size = sizes_[label], rest = values.size() - size;
    const MannWhitneyU test = MannWhitneyU::of_rank_sum(sums[label], size, rest);
    const auto exact = exact_.find(std::min(size, rest));
    return exact != exact_.end() && feature_ties.pairs == 0
               ? exact->second.p_value(test)
               : mann_whitney_asymptotic(test, feature_ties.cubes);
  });
}

}  // namespace mproc::kernels::fresh
