#include "mproc/kernels/fresh/kx.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "kx_entry.hpp"

namespace mproc::kernels::fresh {
namespace {

std::string kx_text(const base::Json& value) {
  if (value.is_null()) return "null";
  if (value.is_number_float()) return fmt::format("{}", value.get<double>());
  return value.dump();
}

const std::vector<KxEntry>& entries() {
  static const std::vector<KxEntry> all = [] {
    std::vector<KxEntry> made;
    add_kx_plain(made);
    add_kx_renamed(made);
    add_kx_dictionaries(made);
    return made;
  }();
  return all;
}

std::string kx_name(const KxFeature& feature, const Parameters& parameters, const std::string& part) {
  std::string name(feature.name);
  for (const Parameter& parameter : feature.parameters)
    name += fmt::format("_{}_{}", parameter.name, kx_text(parameters.at(std::string(parameter.name))));
  if (!part.empty()) name += "_" + part;
  std::replace(name.begin(), name.end(), '.', 'o');
  return name;
}

}  // namespace

const std::vector<KxFeature>& kx_features() {
  static const std::vector<KxFeature> all = [] {
    std::vector<KxFeature> features;
    for (const KxEntry& entry : entries()) features.push_back(entry.feature);
    return features;
  }();
  return all;
}

std::vector<Feature> kx_columns(const KxFeature& feature, const Parameters& parameters) {
  check_parameters(feature.name, feature.parameters, parameters);
  const auto entry = std::find_if(entries().begin(), entries().end(), [&feature](const KxEntry& one) {
    return one.feature.name == feature.name;
  });
  std::vector<Feature> columns;
  for (const KxPart& part : entry->parts(parameters)) {
    columns.push_back(make_feature(part.calculator, part.parameters));
    columns.back().name = kx_name(feature, parameters, part.name);
  }
  return columns;
}

}  // namespace mproc::kernels::fresh
