#include "catalogue.hpp"
#include "mproc/kernels/fresh/benford.hpp"
#include "mproc/kernels/fresh/locations.hpp"
#include "mproc/kernels/fresh/moments.hpp"

namespace mproc::kernels::fresh {
namespace {

void add_locations(std::vector<Calculator>& to) {
  constexpr Cost pass{.value = 1};
  to.push_back(plain("last_location_of_maximum", pass,
                     [](Series& series) { return last_location_of_maximum(series.values()); }));
  to.push_back(plain("first_location_of_maximum", pass,
                     [](Series& series) { return first_location_of_maximum(series.values()); }));
  to.push_back(plain("last_location_of_minimum", pass,
                     [](Series& series) { return last_location_of_minimum(series.values()); }));
  to.push_back(plain("first_location_of_minimum", pass,
                     [](Series& series) { return first_location_of_minimum(series.values()); }));
}

}  // namespace

void add_summaries(std::vector<Calculator>& to) {
  constexpr Cost pass{.value = 0.5};
  to.push_back(plain("variance_larger_than_standard_deviation", pass,
                     [](Series& series) { return series.variance() > series.deviation(); }));
  to.push_back(plain("sum_values", pass, [](Series& series) { return series.sum(); }));
  to.push_back(plain("median", {.sorting = 2}, [](Series& series) { return series.median(); }));
  to.push_back(plain("mean", pass, [](Series& series) { return series.mean(); }));
  to.push_back(plain("length", {}, [](Series& series) { return series.size(); }));
  to.push_back(plain("standard_deviation", pass, [](Series& series) { return series.deviation(); }));
  to.push_back(plain("variation_coefficient", pass, [](Series& series) {
    return variation_coefficient(series.mean(), series.deviation());
  }));
  to.push_back(plain("variance", pass, [](Series& series) { return series.variance(); }));
  to.push_back(
      plain("skewness", pass, [](Series& series) { return skewness(series.values(), series.mean()); }));
  to.push_back(plain("kurtosis", {.value = 2}, [](Series& series) { return kurtosis(series.values()); }));
  to.push_back(plain("root_mean_square", pass,
                     [](Series& series) { return root_mean_square(series.energy(), series.size()); }));
  to.push_back(plain("maximum", pass, [](Series& series) { return series.maximum(); }));
  to.push_back(plain("absolute_maximum", pass, [](Series& series) {
    return std::max(std::abs(series.minimum()), std::abs(series.maximum()));
  }));
  to.push_back(plain("minimum", pass, [](Series& series) { return series.minimum(); }));
  to.push_back(plain("benford_correlation", {.value = 30},
                     [](Series& series) { return benford_correlation(series.values()); }));
  to.push_back(each(
      "mean_n_absolute_max", {integer("number_of_maxima", 1)}, {.both = 3},
      [](const Parameters& given) { return size_of(given, "number_of_maxima"); },
      [](Series& series, std::size_t count) { return mean_n_absolute_max(series.values(), count); }));
  add_locations(to);
}

}  // namespace mproc::kernels::fresh
