#include "mproc/kernels/fresh/target.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "mproc/base/error.hpp"
#include "mproc/base/real_text.hpp"

namespace mproc::kernels::fresh {
namespace {

std::string label_text(bool value) {
  return value ? "True" : "False";
}
std::string label_text(std::int64_t value) {
  return std::to_string(value);
}
std::string label_text(std::uint64_t value) {
  return std::to_string(value);
}
std::string label_text(double value) {
  std::string text;
  base::append_real(text, value + 0.0);  // -0.0 and 0.0 are one label
  return text;
}
std::string label_text(const std::string& value) {
  return value;
}

bool is_value(double value) {
  return !std::isnan(value);
}
bool is_value(const std::string& value) {
  return !value.empty();
}
template <class Integer>
bool is_value(Integer /*value*/) {
  return true;
}

template <class Value>
void check_target_values(const std::vector<Value>& column) {
  for (std::size_t row = 0; row < column.size(); ++row)
    MPROC_CHECK(is_value(column[row]),
                "the target has no value in row {}: give it one, or leave that row out", row + 1);
}

// The distinct values in ascending order.
template <class Value>
std::vector<Value> distinct_labels(std::vector<Value> values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

template <class Value>
Target labelled(const std::vector<Value>& column) {
  const std::vector<Value> distinct = distinct_labels(column);
  Target target;
  for (const Value& value : distinct) target.labels.push_back(label_text(value));
  for (const Value& value : column) {
    const auto at = std::lower_bound(distinct.begin(), distinct.end(), value);
    target.codes.push_back(static_cast<std::uint32_t>(at - distinct.begin()));
  }
  return target;
}

template <class Value>
Target numbered(const std::vector<Value>& column) {
  if constexpr (std::is_same_v<Value, std::string>) {
    throw base::UserError(
        "the target is text, which a regression cannot be for: give it numbers, or select "
        "for classification");
  } else {
    Target target;
    for (const auto value : column) target.values.push_back(static_cast<double>(value));
    return target;
  }
}

template <class Value>
Target target_of(const std::vector<Value>& column, MlTask task) {
  check_target_values(column);
  const bool differs =
      std::any_of(column.begin(), column.end(), [&](const auto& value) { return value != column[0]; });
  MPROC_CHECK(differs,
              "the target has {}: features can be selected only for one that differs from row to row",
              column.empty() ? "no rows" : "the same value in all rows");
  constexpr bool is_real = std::is_same_v<Value, std::uint64_t> || std::is_same_v<Value, double>;
  const MlTask inferred = is_real ? MlTask::regression : MlTask::classification;
  return (task == MlTask::automatic ? inferred : task) == MlTask::regression ? numbered(column)
                                                                             : labelled(column);
}

}  // namespace

Target make_target(const TargetColumn& column, MlTask task) {
  return std::visit([task](const auto& values) { return target_of(values, task); }, column);
}

}  // namespace mproc::kernels::fresh
