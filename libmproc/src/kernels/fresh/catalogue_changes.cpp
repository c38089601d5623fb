#include "catalogue.hpp"
#include "mproc/kernels/fresh/changes.hpp"

namespace mproc::kernels::fresh {
namespace {

std::size_t lag_of(const Parameters& given) {
  return size_of(given, "lag");
}

// A vector of bool would be of bits.
struct Normalize {
  bool chosen;
};

double cid_ce_of(Series& series, Normalize normalize) {
  if (!normalize.chosen) return cid_ce(series.changes());
  return normalized_cid_ce(series.values(), series.mean(), series.deviation());
}

}  // namespace

void add_changes(std::vector<Calculator>& to) {
  to.push_back(plain("mean_abs_change", [](Series& series) { return mean_abs_change(series.changes()); }));
  to.push_back(plain("mean_change", [](Series& series) { return mean_change(series.values()); }));
  to.push_back(plain("mean_second_derivative_central",
                     [](Series& series) { return mean_second_derivative_central(series.values()); }));
  to.push_back(plain("absolute_sum_of_changes",
                     [](Series& series) { return absolute_sum_of_changes(series.changes()); }));
  to.push_back(each("time_reversal_asymmetry_statistic", {integer("lag", 0)}, lag_of,
                    [](Series& series, std::size_t lag) {
                      return time_reversal_asymmetry_statistic(series.values(), lag);
                    }));
  to.push_back(each("c3", {integer("lag", 0)}, lag_of,
                    [](Series& series, std::size_t lag) { return c3(series.values(), lag); }));
  to.push_back(each(
      "cid_ce", {boolean("normalize")},
      [](const Parameters& given) { return Normalize{truth_of(given, "normalize")}; }, cid_ce_of));
}

}  // namespace mproc::kernels::fresh
