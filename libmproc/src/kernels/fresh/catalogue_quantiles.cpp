#include "catalogue.hpp"
#include "mproc/kernels/fresh/quantiles.hpp"

namespace mproc::kernels::fresh {
namespace {

double ratio_of(const Parameters& given) {
  return number_of(given, "r");
}

double share_of(const Parameters& given) {
  return number_of(given, "q");
}

Corridor corridor_of(const Parameters& given) {
  return {number_of(given, "ql"), number_of(given, "qh"), truth_of(given, "isabs"), f_agg_of(given)};
}

double range_of_values(Series& series) {
  return series.maximum() - series.minimum();
}

}  // namespace

void add_quantiles(std::vector<Calculator>& to) {
  to.push_back(each("symmetry_looking", {real("r")}, ratio_of, [](Series& series, double r) {
    return static_cast<double>(symmetry_looking(series.mean(), series.median(), range_of_values(series), r));
  }));
  to.push_back(each("large_standard_deviation", {real("r")}, ratio_of, [](Series& series, double r) {
    return static_cast<double>(large_standard_deviation(series.deviation(), range_of_values(series), r));
  }));
  to.push_back(each("quantile", {real("q", 0, 1)}, share_of,
                    [](Series& series, double q) { return quantile(series.sorted(), q); }));
  to.push_back(together("index_mass_quantile", {real("q", 0, 1)}, share_of,
                        [](Series& series, std::span<const double> qs, std::span<double> places) {
                          index_mass_quantile(series.values(), qs, places);
                        }));
  to.push_back(together(
      "change_quantiles",
      {text("f_agg", aggregate_names), boolean("isabs"), real("qh", 0, 1), real("ql", 0, 1)}, corridor_of,
      [](Series& series, std::span<const Corridor> corridors, std::span<double> results) {
        change_quantiles(series.values(), series.changes(), series.sorted_numbers(), corridors, results);
      }));
}

}  // namespace mproc::kernels::fresh
