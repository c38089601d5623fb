#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mproc/kernels/fresh/feature.hpp"

namespace mproc::kernels::fresh {

// The features of the KX machine-learning toolkit (FRESH in q): names, default grid, and what it defines
// otherwise than tsfresh. Where a series is too short or constant, tsfresh's definition decides.

// (Index of the last value that is equal to extreme) / n; NaN for no values and where extreme is NaN.
double kx_location_of_last(std::span<const double> values, double extreme);
// -sum(p ln p) over the shares p of values in bins floor(bins (x - minimum) / (maximum - minimum)), the last
// one closed, of which there is at least one. 0 where all values are equal; NaN for no values and where one
// is not finite.
double kx_binned_entropy(std::span<const double> values, double minimum, double maximum, std::size_t bins);

// One of its features: what it takes, and the default values of that.
struct KxFeature {
  std::string_view name;
  std::vector<Parameter> parameters;
  base::Json grid;
};
const std::vector<KxFeature>& kx_features();

// The columns that such a feature gives with these parameters: "largestDev_ratio_0o05"; several where its
// result is a dictionary: "linTrend_slope". As in q, where a name has no point, it is an o. Throws UserError
// as check_parameters does.
std::vector<Feature> kx_columns(const KxFeature& feature, const Parameters& parameters);

}  // namespace mproc::kernels::fresh
