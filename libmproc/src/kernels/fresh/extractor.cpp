#include "mproc/kernels/fresh/extractor.hpp"

#include <algorithm>

namespace mproc::kernels::fresh {

Extractor::Extractor(std::vector<Feature> features) : features_(std::move(features)) {
  for (std::size_t column = 0; column < features_.size(); ++column) add(features_[column], column);
  for (Group& group : groups_) group.compute = group.calculator->bind(group.parameters);
}

// Columns of other names may be the same feature.
void Extractor::add(const Feature& feature, std::size_t column) {
  auto group = std::find_if(groups_.begin(), groups_.end(),
                            [&feature](const Group& one) { return one.calculator == feature.calculator; });
  if (group == groups_.end()) group = groups_.insert(group, {feature.calculator, {}, {}, {}});
  auto& known = group->parameters;
  const auto found = std::find(known.begin(), known.end(), feature.parameters);
  group->columns.emplace_back(found - known.begin(), column);
  if (found == known.end()) known.push_back(feature.parameters);
}

void Extractor::extract(std::span<const double> values, std::span<double> to, std::span<const double> hours) {
  series_.assign(values, hours);
  for (const Group& group : groups_) {
    results_.resize(group.parameters.size());
    group.compute(series_, results_);
    for (const auto& [result, column] : group.columns) to[column] = results_[result];
  }
}

double Extractor::cost(std::size_t n) const {
  double total = 0;
  for (const Group& group : groups_) total += group.calculator->cost.of(n, group.parameters.size());
  return total;
}

}  // namespace mproc::kernels::fresh
