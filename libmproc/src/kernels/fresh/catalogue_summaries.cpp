#include "catalogue.hpp"
#include "mproc/kernels/fresh/benford.hpp"
#include "mproc/kernels/fresh/locations.hpp"
#include "mproc/kernels/fresh/moments.hpp"

namespace mproc::kernels::fresh {
namespace {

void add_locations(std::vector<Calculator>& to) {
  to.push_back(plain("last_location_of_maximum",
                     [](Series& series) { return last_location_of_maximum(series.values()); }));
  to.push_back(plain("first_location_of_maximum",
                     [](Series& series) { return first_location_of_maximum(series.values()); }));
  to.push_back(plain("last_location_of_minimum",
                     [](Series& series) { return last_location_of_minimum(series.values()); }));
  to.push_back(plain("first_location_of_minimum",
                     [](Series& series) { return first_location_of_minimum(series.values()); }));
}

}  // namespace

void add_summaries(std::vector<Calculator>& to) {
  to.push_back(plain("variance_larger_than_standard_deviation",
                     [](Series& series) { return series.variance() > series.deviation(); }));
  to.push_back(plain("sum_values", [](Series& series) { return series.sum(); }));
  to.push_back(plain("median", [](Series& series) { return series.median(); }));
  to.push_back(plain("mean", [](Series& series) { return series.mean(); }));
  to.push_back(plain("length", [](Series& series) { return series.size(); }));
  to.push_back(plain("standard_deviation", [](Series& series) { return series.deviation(); }));
  to.push_back(plain("variation_coefficient", [](Series& series) {
    return variation_coefficient(series.mean(), series.deviation());
  }));
  to.push_back(plain("variance", [](Series& series) { return series.variance(); }));
  to.push_back(plain("skewness", [](Series& series) { return skewness(series.values(), series.mean()); }));
  to.push_back(plain("kurtosis", [](Series& series) { return kurtosis(series.values()); }));
  to.push_back(plain("root_mean_square",
                     [](Series& series) { return root_mean_square(series.energy(), series.size()); }));
  to.push_back(plain("maximum", [](Series& series) { return series.maximum(); }));
  to.push_back(plain("absolute_maximum", [](Series& series) {
    return std::max(std::abs(series.minimum()), std::abs(series.maximum()));
  }));
  to.push_back(plain("minimum", [](Series& series) { return series.minimum(); }));
  to.push_back(
      plain("benford_correlation", [](Series& series) { return benford_correlation(series.values()); }));
  to.push_back(each(
      "mean_n_absolute_max", {integer("number_of_maxima", 1)},
      [](const Parameters& given) { return size_of(given, "number_of_maxima"); },
      [](Series& series, std::size_t count) { return mean_n_absolute_max(series.values(), count); }));
  add_locations(to);
}

}  // namespace mproc::kernels::fresh
