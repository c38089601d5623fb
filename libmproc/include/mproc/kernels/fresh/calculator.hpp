#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mproc/base/json.hpp"
#include "mproc/kernels/fresh/series.hpp"

namespace mproc::kernels::fresh {

// A calculator's parameters by name, as a job file has them: {"lag": 1}.
using Parameters = base::Json;

// What one parameter of a calculator may be.
struct Parameter {
  enum class Type { integer, real, boolean, text, numbers };

  std::string_view name;
  Type type = Type::real;
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
  std::vector<std::string_view> choices = {};  // of a text
  bool or_none = false;                        // null, Python's None

  bool admits(const base::Json& value) const;
  // "a whole number from 0 to 100", "true or false", "one of 'mean', 'var'"
  std::string description() const;
};

// Throws UserError that names the feature, the parameter and what it may be: for one that is unknown, missing
// or not what it may be.
void check_parameters(std::string_view feature, const std::vector<Parameter>& parameters,
                      const Parameters& given);

// All features of one calculator, with the parameters it was bound to, of a series: one value each.
using Computation = std::function<void(Series&, std::span<double>)>;

// A function that gives features, e.g. "quantile", for any number of parameters at once, so that they share
// their work. For any doubles and any length it gives values, NaN where there is none, and throws nothing.
struct Calculator {
  std::string_view name;
  std::vector<Parameter> parameters;
  // Of parameters that check() takes.
  std::function<Computation(std::span<const Parameters>)> bind;
  // What is wrong with parameters that are right one by one; empty if nothing is.
  std::function<std::string(const Parameters&)> objection = {};
  // Whether a series of n values takes n^2 steps: not in the efficient set.
  bool quadratic = false;

  // Throws UserError as check_parameters does, and with an objection.
  void check(const Parameters& given) const;
};

// All of them, those that only the KX toolkit has with names that begin with "kx_".
const std::vector<Calculator>& calculators();
// Null where there is none of that name.
const Calculator* find_calculator(std::string_view name);

}  // namespace mproc::kernels::fresh
