#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "mproc/kernels/fresh/feature_set.hpp"
#include "mproc/kernels/fresh/kx.hpp"

namespace mproc::kernels::fresh {
namespace {

using Texts = std::vector<std::string>;
using ByCalculator = std::map<std::string, std::vector<Feature>, std::less<>>;

/// The rows of jobs/fresh/README.md's table whose header begins like that, each up to what it is.
Texts page_rows(const std::string& header, std::size_t cells) {
  std::ifstream file(MPROC_FRESH_PAGE);
  std::string line;
  while (std::getline(file, line) && !line.starts_with(header)) {
  }
  std::getline(file, line);  // the rule below it
  Texts rows;
  while (std::getline(file, line) && line.starts_with('|')) {
    std::size_t end = 0;
    for (std::size_t i = 0; i < cells; ++i) end = line.find(" |", end + 1);
    rows.push_back(line.substr(0, end + 2));
  }
  return rows;
}

void add_once(Texts& to, const std::string& text) {
  if (std::find(to.begin(), to.end(), text) == to.end()) to.push_back(text);
}

std::string value_text(const base::Json& value) {
  if (value.is_string()) return fmt::format("'{}'", value.get<std::string>());
  if (value.is_number_float() && std::isinf(value.get<double>())) return value > 0 ? "inf" : "-inf";
  if (!value.is_array()) return value.dump();
  Texts parts;
  for (const base::Json& part : value) parts.push_back(value_text(part));
  return fmt::format("[{}]", fmt::join(parts, ", "));
}

std::string shortened(const Texts& values) {
  if (values.size() > 10) return fmt::format("{}, {} … {}", values[0], values[1], values.back());
  return fmt::format("{}", fmt::join(values, ", "));
}

/// `values`: what is asked for by default.
std::string parameter_text(const Parameter& parameter, const Texts& values) {
  return fmt::format("`{}`: {}{}", parameter.name, parameter.description(),
                     values.empty() ? "" : fmt::format(" ({})", shortened(values)));
}

std::string row_of(std::string_view name, const Texts& parameters, const std::string& last) {
  return fmt::format("| `{}` | {}{}| {} |", name, fmt::join(parameters, "; "), parameters.empty() ? "" : " ",
                     last);
}

ByCalculator by_calculator(const std::vector<Feature>& features) {
  ByCalculator out;
  for (const Feature& feature : features) out[std::string(feature.calculator->name)].push_back(feature);
  return out;
}

/// The smallest of the sets that has it, and how many features it has there.
std::string set_text(std::string_view calculator) {
  for (const char* set : {"minimal", "efficient", "comprehensive"}) {
    const auto features = by_calculator(feature_set(set));
    if (const auto found = features.find(calculator); found != features.end())
      return fmt::format("{}, {}", set, found->second.size());
  }
  return "none";
}

std::string calculator_row(const Calculator& calculator, const ByCalculator& defaults) {
  Texts parameters;
  for (const Parameter& parameter : calculator.parameters) {
    Texts values;
    if (const auto found = defaults.find(calculator.name); found != defaults.end())
      for (const Feature& feature : found->second)
        add_once(values, value_text(feature.parameters.at(std::string(parameter.name))));
    parameters.push_back(parameter_text(parameter, values));
  }
  return row_of(calculator.name, parameters, set_text(calculator.name));
}

std::string kx_row(const KxFeature& feature) {
  Texts parameters, calculators;
  Parameters first = Parameters::object();
  for (const Parameter& parameter : feature.parameters) {
    const base::Json& given = feature.grid.at(std::string(parameter.name));
    const base::Json values = given.is_array() ? given : base::Json::array({given});
    Texts texts;
    for (const base::Json& value : values) texts.push_back(value_text(value));
    parameters.push_back(parameter_text(parameter, texts));
    first[std::string(parameter.name)] = values[0];
  }
  for (const Feature& column : kx_columns(feature, first))
    add_once(calculators, fmt::format("`{}`", column.calculator->name));
  return row_of(feature.name, parameters, fmt::format("{}", fmt::join(calculators, ", ")));
}

TEST(CataloguePageTest, the_page_has_every_calculator_with_its_parameters_and_defaults) {
  auto features = feature_set("comprehensive");
  for (Feature& feature : timewise_features()) features.push_back(std::move(feature));
  const ByCalculator defaults = by_calculator(features);
  Texts rows;
  for (const Calculator& calculator : calculators()) rows.push_back(calculator_row(calculator, defaults));
  EXPECT_THAT(page_rows("| calculator |", 3), ::testing::ElementsAreArray(rows));
}

TEST(CataloguePageTest, the_page_has_every_feature_of_kx_with_its_parameters_and_what_computes_it) {
  Texts rows;
  for (const KxFeature& feature : kx_features()) rows.push_back(kx_row(feature));
  EXPECT_THAT(page_rows("| KX |", 3), ::testing::ElementsAreArray(rows));
}

TEST(CataloguePageTest, the_page_has_every_set_with_its_size) {
  Texts rows;
  for (const char* set : {"minimal", "efficient", "comprehensive", "kx"})
    rows.push_back(fmt::format("| `{}`{} | {} |", set,
                               std::string_view(set) == "efficient" ? " (default)" : "",
                               feature_set(set).size()));
  EXPECT_THAT(page_rows("| set |", 2), ::testing::ElementsAreArray(rows));
}

}  // namespace
}  // namespace mproc::kernels::fresh
