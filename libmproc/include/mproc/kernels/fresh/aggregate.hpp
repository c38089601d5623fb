#pragma once

#include <array>
#include <span>
#include <string_view>

namespace mproc::kernels::fresh {

// NumPy's functions that calculators take by name, as their f_agg. NaN for no values, and where one is NaN.
enum class Aggregate { mean, median, variance, deviation, minimum, maximum };
inline constexpr std::array<std::string_view, 6> aggregate_names{"mean", "median", "var",
                                                                 "std",  "min",    "max"};

double aggregate(std::span<const double> values, Aggregate of);

}  // namespace mproc::kernels::fresh
