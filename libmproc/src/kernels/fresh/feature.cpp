#include "mproc/kernels/fresh/feature.hpp"

#include <fmt/format.h>

#include <map>

#include "mproc/base/error.hpp"
#include "mproc/base/nearest.hpp"
#include "mproc/base/real_text.hpp"

namespace mproc::kernels::fresh {
namespace {

// As Python's str, texts in double quotes.
std::string python_text(const base::Json& value) {
  if (value.is_null()) return "None";
  if (value.is_boolean()) return value.get<bool>() ? "True" : "False";
  if (value.is_string()) return fmt::format("\"{}\"", value.get_ref<const std::string&>());
  std::string text;
  if (value.is_number_float()) {
    base::append_real(text, value.get<double>());
    return text;
  }
  if (!value.is_array()) return value.dump();
  for (const base::Json& part : value) text += (text.empty() ? "" : ", ") + python_text(part);
  return fmt::format("({}{})", text, value.size() == 1 ? "," : "");
}

}  // namespace

Feature make_feature(std::string_view calculator, const Parameters& parameters) {
  const Calculator* const found = find_calculator(calculator);
  if (found == nullptr) {
    std::vector<std::string_view> known;
    for (const Calculator& one : calculators()) known.push_back(one.name);
    throw base::UserError(
        fmt::format("there is no feature '{}'{}", calculator, base::did_you_mean(calculator, known)));
  }
  found->check(parameters);
  return {found, parameters, column_name(calculator, parameters)};
}

std::string column_name(std::string_view calculator, const Parameters& parameters) {
  std::map<std::string, std::string> texts;
  for (const auto& [name, value] : parameters.items()) texts[name] = python_text(value);
  std::string column(calculator);
  for (const auto& [name, value] : texts) column += fmt::format("__{}_{}", name, value);
  return column;
}

}  // namespace mproc::kernels::fresh
