#include "catalogue.hpp"
#include "mproc/kernels/fresh/counts.hpp"

namespace mproc::kernels::fresh {
namespace {

struct Range {
  double min, max;
};

// Counts that take one number.
template <class Count>
Calculator count_by(std::string_view name, std::string_view parameter, Count count) {
  return each(
      name, {real(parameter)}, [parameter](const Parameters& given) { return number_of(given, parameter); },
      count);
}

void add_means(std::vector<Calculator>& to) {
  to.push_back(plain("longest_strike_below_mean", [](Series& series) {
    return longest_strike_below_mean(series.values(), series.mean());
  }));
  to.push_back(plain("longest_strike_above_mean", [](Series& series) {
    return longest_strike_above_mean(series.values(), series.mean());
  }));
  to.push_back(plain("count_above_mean",
                     [](Series& series) { return count_above_mean(series.values(), series.mean()); }));
  to.push_back(plain("count_below_mean",
                     [](Series& series) { return count_below_mean(series.values(), series.mean()); }));
}

}  // namespace

void add_counts(std::vector<Calculator>& to) {
  add_means(to);
  to.push_back(together(
      "number_peaks", {integer("n", 1)}, [](const Parameters& given) { return size_of(given, "n"); },
      [](Series& series, std::span<const std::size_t> supports, std::span<double> peaks) {
        number_peaks(series.values(), supports, peaks);
      }));
  to.push_back(count_by("value_count", "value",
                        [](Series& series, double value) { return value_count(series.values(), value); }));
  to.push_back(each(
      "range_count", {real("max"), real("min")},
      [](const Parameters& given) {
        return Range{number_of(given, "min"), number_of(given, "max")};
      },
      [](Series& series, Range range) { return range_count(series.values(), range.min, range.max); }));
  to.push_back(count_by("number_crossing_m", "m",
                        [](Series& series, double m) { return number_crossing_m(series.values(), m); }));
  to.push_back(count_by("ratio_beyond_r_sigma", "r", [](Series& series, double r) {
    return ratio_beyond_r_sigma(series.values(), series.mean(), series.deviation(), r);
  }));
  to.push_back(
      count_by("count_above", "t", [](Series& series, double t) { return count_above(series.values(), t); }));
  to.push_back(
      count_by("count_below", "t", [](Series& series, double t) { return count_below(series.values(), t); }));
}

}  // namespace mproc::kernels::fresh
