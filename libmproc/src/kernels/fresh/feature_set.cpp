#include "mproc/kernels/fresh/feature_set.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <unordered_set>

#include "comprehensive.hpp"
#include "mproc/base/error.hpp"
#include "mproc/base/nearest.hpp"
#include "mproc/kernels/fresh/kx.hpp"

namespace mproc::kernels::fresh {
namespace {

constexpr std::array<std::string_view, 4> set_names{"minimal", "efficient", "comprehensive", "kx"};
constexpr std::array<std::string_view, 10> minimal_names{
    "sum_values", "median",           "mean",    "length",           "standard_deviation",
    "variance",   "root_mean_square", "maximum", "absolute_maximum", "minimum"};

constexpr std::size_t most_features = 100'000;

// What a name in a table stands for: a calculator, or a feature of KX.
struct Named {
  const Calculator* calculator;
  const KxFeature* kx;

  const std::vector<Parameter>& parameters() const {
    return calculator != nullptr ? calculator->parameters : kx->parameters;
  }
};

Named find_named(const std::string& name) {
  if (const Calculator* const found = find_calculator(name)) return {found, nullptr};
  for (const KxFeature& feature : kx_features())
    if (feature.name == name) return {nullptr, &feature};
  std::vector<std::string_view> known;
  for (const Calculator& calculator : calculators()) known.push_back(calculator.name);
  for (const KxFeature& feature : kx_features()) known.push_back(feature.name);
  throw base::UserError(fmt::format("there is no feature '{}'{}", name, base::did_you_mean(name, known)));
}

// The alternatives that a table gives for one parameter.
std::vector<base::Json> alternatives(const Named& named, const std::string& parameter,
                                     const base::Json& given) {
  const auto& known = named.parameters();
  const bool takes_list = std::any_of(known.begin(), known.end(), [&parameter](const Parameter& one) {
    return one.name == parameter && one.type == Parameter::Type::numbers;
  });
  if (!given.is_array() || (takes_list && (given.empty() || given[0].is_number())))
    return std::vector<base::Json>(1, given);
  return std::vector<base::Json>(given.begin(), given.end());
}

// All combinations of a table's alternatives, the first parameter slowest.
std::vector<Parameters> combinations(const Named& named, const std::string& name, const base::Json& grid) {
  std::vector<Parameters> all(1, Parameters::object());
  for (const auto& [parameter, given] : grid.items()) {
    const std::vector<base::Json> values = alternatives(named, parameter, given);
    MPROC_CHECK(!values.empty(), "feature '{}': parameter '{}' is an empty list", name, parameter);
    MPROC_CHECK(all.size() * values.size() <= most_features,
                "feature '{}': its lists make more than {} features", name, most_features);
    std::vector<Parameters> longer;
    for (const Parameters& so_far : all)
      for (const base::Json& value : values) {
        longer.push_back(so_far);
        longer.back()[parameter] = value;
      }
    all = std::move(longer);
  }
  return all;
}

class FeatureList {
 public:
  // Of a name, what a table has for it.
  void add(const std::string& name, const base::Json& chosen) {
    const Named named = find_named(name);
    if (chosen.is_null() || (chosen.is_boolean() && chosen.get<bool>())) return add_default(name, named);
    if (chosen.is_object()) return add_grid(named, name, chosen);
    MPROC_CHECK(chosen.is_array() && !chosen.empty(),
                "feature '{}': is {}; it has to be true, a table of its parameters, or a list of such tables",
                name, chosen.dump());
    for (const base::Json& part : chosen) {
      MPROC_CHECK(part.is_object(), "feature '{}': {} in its list has to be a table of its parameters", name,
                  part.dump());
      add_grid(named, name, part);
    }
  }

  // With KX's own grid, also where the name is a calculator's, too.
  void add(const KxFeature& feature) {
    add_grid({nullptr, &feature}, std::string(feature.name), feature.grid);
  }

  std::vector<Feature> take() { return std::move(features_); }

 private:
  void add_default(const std::string& name, const Named& named) {
    if (named.kx != nullptr) return add(*named.kx);
    if (named.parameters().empty()) return add_grid(named, name, base::Json::object());
    static const base::Json defaults = comprehensive_table();
    const auto found = defaults.find(name);
    if (found == defaults.end()) named.calculator->check(Parameters::object());  // which says what is missing
    add(name, *found);
  }

  void add_grid(const Named& named, const std::string& name, const base::Json& grid) {
    for (const Parameters& parameters : combinations(named, name, grid)) {
      if (named.kx == nullptr) {
        add_feature(make_feature(named.calculator->name, parameters));
        continue;
      }
      for (Feature& feature : kx_columns(*named.kx, parameters)) add_feature(std::move(feature));
    }
  }

  void add_feature(Feature feature) {
    if (names_.insert(feature.name).second) features_.push_back(std::move(feature));
  }

  std::vector<Feature> features_;
  std::unordered_set<std::string> names_;
};

// Of the comprehensive set, those whose calculator is wanted.
template <class Wanted>
std::vector<Feature> part_of_comprehensive(const Wanted& wanted) {
  FeatureList list;
  const base::Json table = comprehensive_table();
  for (const auto& [name, chosen] : table.items())
    if (wanted(*find_calculator(name))) list.add(name, chosen);
  return list.take();
}

bool is_timewise(const Calculator& calculator) {
  return calculator.name == "linear_trend_timewise";
}

std::vector<Feature> kx_set() {
  FeatureList list;
  for (const KxFeature& feature : kx_features()) list.add(feature);
  return list.take();
}

}  // namespace

std::vector<Feature> feature_set(std::string_view name) {
  if (name == "kx") return kx_set();
  if (name == "comprehensive")
    return part_of_comprehensive([](const Calculator& calculator) { return !is_timewise(calculator); });
  if (name == "efficient")
    return part_of_comprehensive(
        [](const Calculator& calculator) { return !is_timewise(calculator) && !calculator.quadratic; });
  if (name == "minimal")
    return part_of_comprehensive([](const Calculator& calculator) {
      return std::find(minimal_names.begin(), minimal_names.end(), calculator.name) != minimal_names.end();
    });
  throw base::UserError(
      fmt::format("there is no set of features '{}'{}; sets are '{}', or write a table of features", name,
                  base::did_you_mean(name, set_names), fmt::join(set_names, "', '")));
}

std::vector<Feature> timewise_features() {
  return part_of_comprehensive(is_timewise);
}

std::vector<Feature> features_of(const base::Json& chosen) {
  if (chosen.is_string()) return feature_set(chosen.get<std::string>());
  MPROC_CHECK(chosen.is_object(), "features have to be the name of a set or a table of features, not {}",
              chosen.dump());
  FeatureList list;
  for (const auto& [name, parameters] : chosen.items()) list.add(name, parameters);
  return list.take();
}

}  // namespace mproc::kernels::fresh
