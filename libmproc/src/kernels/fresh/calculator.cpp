#include "mproc/kernels/fresh/calculator.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "mproc/base/error.hpp"
#include "mproc/base/nearest.hpp"

namespace mproc::kernels::fresh {
namespace {

bool is_within(const base::Json& value, const Parameter& parameter) {
  const auto number = value.get<double>();
  if (std::isnan(number)) return std::isinf(parameter.least) && std::isinf(parameter.most);
  return number >= parameter.least && number <= parameter.most;
}

std::string range_of(const Parameter& parameter) {
  if (std::isinf(parameter.most) || parameter.most >= 1e9)
    return std::isinf(parameter.least) ? "" : fmt::format(" from {}", parameter.least);
  return fmt::format(" from {} to {}", parameter.least, parameter.most);
}

std::vector<std::string_view> names_of(const std::vector<Parameter>& parameters) {
  std::vector<std::string_view> names(parameters.size());
  std::transform(parameters.begin(), parameters.end(), names.begin(),
                 [](const Parameter& parameter) { return parameter.name; });
  return names;
}

std::string takes(const std::vector<Parameter>& parameters) {
  if (parameters.empty()) return "; it takes none";
  return fmt::format("; it takes '{}'", fmt::join(names_of(parameters), "', '"));
}

}  // namespace

bool Parameter::admits(const base::Json& value) const {
  if (value.is_null()) return or_none;
  switch (type) {
    case Type::integer:
      return value.is_number_integer() && is_within(value, *this);
    case Type::real:
      return value.is_number() && is_within(value, *this);
    case Type::boolean:
      return value.is_boolean();
    case Type::text:
      return value.is_string() &&
             std::find(choices.begin(), choices.end(), value.get_ref<const std::string&>()) != choices.end();
    case Type::numbers:
      return value.is_array() && std::all_of(value.begin(), value.end(), [this](const base::Json& number) {
               return number.is_number() && is_within(number, *this);
             });
  }
  return false;
}

std::string Parameter::description() const {
  const std::string_view none = or_none ? ", or null" : "";
  switch (type) {
    case Type::integer:
      return fmt::format("a whole number{}{}", range_of(*this), none);
    case Type::real:
      return fmt::format("a number{}{}", range_of(*this), none);
    case Type::boolean:
      return "true or false";
    case Type::text:
      return fmt::format("one of '{}'{}", fmt::join(choices, "', '"), none);
    case Type::numbers:
      return fmt::format("a list of numbers{}{}", range_of(*this), none);
  }
  return {};
}

void check_parameters(std::string_view feature, const std::vector<Parameter>& parameters,
                      const Parameters& given) {
  MPROC_CHECK(given.is_object(), "feature '{}': its parameters have to be a table, not {}", feature,
              given.dump());
  const std::vector<std::string_view> known = names_of(parameters);
  for (const auto& [key, value] : given.items())
    MPROC_CHECK(std::find(known.begin(), known.end(), key) != known.end(),
                "feature '{}' has no parameter '{}'{}{}", feature, key, base::did_you_mean(key, known),
                takes(parameters));
  for (const Parameter& parameter : parameters) {
    const auto found = given.find(std::string(parameter.name));
    MPROC_CHECK(found != given.end(), "feature '{}': parameter '{}' is missing, {}", feature, parameter.name,
                parameter.description());
    MPROC_CHECK(parameter.admits(*found), "feature '{}': parameter '{}' is {}; it has to be {}", feature,
                parameter.name, found->dump(), parameter.description());
  }
}

void Calculator::check(const Parameters& given) const {
  check_parameters(name, parameters, given);
  const std::string wrong = objection ? objection(given) : std::string();
  MPROC_CHECK(wrong.empty(), "feature '{}': {}", name, wrong);
}

}  // namespace mproc::kernels::fresh
