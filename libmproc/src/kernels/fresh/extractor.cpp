#include "mproc/kernels/fresh/extractor.hpp"

#include <algorithm>

namespace mproc::kernels::fresh {

Extractor::Extractor(std::vector<Feature> features) : features_(std::move(features)) {
  std::unordered_map<std::string, std::size_t> results;
  for (std::size_t column = 0; column < features_.size(); ++column) add(column, results);
  for (Group& group : groups_) group.compute = group.calculator->bind(group.parameters);
}

// Columns of other names may be the same feature: which result of its group it is stands under the name that
// its calculator and parameters make.
void Extractor::add(std::size_t column, std::unordered_map<std::string, std::size_t>& results) {
  const auto& [calculator, parameters, name] = features_[column];
  auto group = std::find_if(groups_.begin(), groups_.end(),
                            [of = calculator](const Group& one) { return one.calculator == of; });
  if (group == groups_.end()) group = groups_.insert(group, {calculator, {}, {}, {}});
  const auto [result, is_new] =
      results.try_emplace(column_name(calculator->name, parameters), group->parameters.size());
  if (is_new) group->parameters.push_back(parameters);
  group->columns.emplace_back(result->second, column);
}

void Extractor::extract(std::span<const double> values, std::span<double> to, std::span<const double> hours) {
  series_.assign(values, hours);
  for (const Group& group : groups_) {
    results_.resize(group.parameters.size());
    group.compute(series_, results_);
    for (const auto& [result, column] : group.columns) to[column] = results_[result];
  }
}

}  // namespace mproc::kernels::fresh
