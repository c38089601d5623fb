#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace mproc::kernels::fresh {

/// What features are selected for, a value a row, of the type that its file gives it.
using TargetColumn = std::variant<std::vector<bool>, std::vector<std::int64_t>, std::vector<std::uint64_t>,
                                  std::vector<double>, std::vector<std::string>>;

enum class MlTask { automatic, classification, regression };

/// A target as the tests take it: rows with labels (classification), or with numbers (regression).
struct Target {
  std::vector<std::string> labels;   ///< in ascending order, numbers by value; none for a regression
  std::vector<std::uint32_t> codes;  ///< of each row, the place of its label
  std::vector<double> values;        ///< of each row of a regression

  bool is_classification() const { return !labels.empty(); }
  std::size_t rows() const { return is_classification() ? codes.size() : values.size(); }
};

/// `automatic` is what tsfresh takes a column for: signed integers, booleans and text are labels, unsigned
/// integers and real numbers are numbers. Labels are as Python prints them ("3", "False", "0.5"). Throws
/// UserError for a row without a value (NaN, an empty text), text that is to be numbers, and a target with
/// less than two values.
Target make_target(const TargetColumn& column, MlTask task);

}  // namespace mproc::kernels::fresh
