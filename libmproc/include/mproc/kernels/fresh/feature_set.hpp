#pragma once

#include <string_view>
#include <vector>

#include "mproc/base/json.hpp"
#include "mproc/kernels/fresh/feature.hpp"

namespace mproc::kernels::fresh {

// "comprehensive": the 783 features of tsfresh 0.21's ComprehensiveFCParameters, in their order
// (matrix_profile is left out); "efficient": without those of quadratic time; "minimal": ten of the simplest;
// "kx": the KX toolkit's features over its default grid, under its names. Throws UserError for another name.
std::vector<Feature> feature_set(std::string_view name);

// What tells of a series with time stamps: linear_trend_timewise, in no set above.
std::vector<Feature> timewise_features();

// A name of a set, or a table of calculators' names with parameters:
//   {"mean": true,                    if it has parameters, those of the comprehensive set or of KX's grid
//    "quantile": {"q": [0.1, 0.9]},   each of these values; of several lists all combinations
//    "c3": [{"lag": 1}, {"lag": 2}]}  a list of such tables
// Of combinations the first parameter changes slowest.
// A name that is KX's alone gives KX's features, under its names. What is named twice counts once.
// Throws UserError that names the feature, the parameter, and the nearest known one.
std::vector<Feature> features_of(const base::Json& chosen);

}  // namespace mproc::kernels::fresh
