#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mproc/job/document.hpp"
#include "mproc/kernels/fresh/series.hpp"

namespace mproc::kernels::fresh {

// A calculator's parameters by name, as a job file has them: {"lag": 1}.
using Parameters = job::Json;

// What one parameter of a calculator may be.
struct Parameter {
  enum class Type { integer, real, boolean, text, integers, query };

  std::string_view name;
  Type type = Type::real;
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
  std::vector<std::string_view> choices = {};  // of a text

  bool admits(const job::Json& value) const;
  // "a whole number from 0 to 100", "true or false", "one of 'mean', 'var'"
  std::string description() const;
};

// About how many nanoseconds a calculator takes for a series of n values.
struct Cost {
  double fixed = 0;    // each feature
  double value = 0;    // each value
  double sorting = 0;  // each of n log2(n)
  double pair = 0;     // each of n^2

  double of(std::size_t n, std::size_t features) const;
};

// All features of one calculator, with the parameters it was bound to, of a series: one value each.
using Computation = std::function<void(Series&, std::span<double>)>;

// A function that gives features, e.g. "quantile", for any number of parameters at once, so that they share
// their work. For any doubles and any length it gives values, NaN where there is none, and throws nothing.
struct Calculator {
  std::string_view name;
  std::vector<Parameter> parameters;  // in alphabetical order
  Cost cost;
  // The parameters have been checked by check().
  std::function<Computation(std::span<const Parameters>)> bind;

  // Throws UserError that names the calculator, the parameter and what it may be: for one that is unknown,
  // missing or of another type or range.
  void check(const Parameters& given) const;
};

// All of them; those of KX's own come last.
const std::vector<Calculator>& calculators();
// Null where there is none of that name.
const Calculator* find_calculator(std::string_view name);

}  // namespace mproc::kernels::fresh
