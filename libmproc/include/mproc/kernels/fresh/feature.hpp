#pragma once

#include <string>
#include <string_view>

#include "mproc/kernels/fresh/calculator.hpp"

namespace mproc::kernels::fresh {

// One number of a series: a calculator with its parameters.
struct Feature {
  const Calculator* calculator;
  Parameters parameters;
  // Its column, without the name of what it is of:
  // "agg_linear_trend__attr_\"slope\"__chunk_len_5__f_agg_\"max\"".
  std::string name;
};

// Throws UserError that names what is wrong, and the nearest known calculator or parameter.
Feature make_feature(std::string_view calculator, const Parameters& parameters);

// As tsfresh names it: name__parameter_value..., parameters in alphabetical order, values as Python prints
// them, texts in double quotes (tsfresh.utilities.string_manipulation.convert_to_output_format).
std::string column_name(std::string_view calculator, const Parameters& parameters);

}  // namespace mproc::kernels::fresh
