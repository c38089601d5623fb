#include <cmath>
#include <limits>
#include <utility>

#include "catalogue.hpp"
#include "kx_entry.hpp"

namespace mproc::kernels::fresh {
namespace {

constexpr std::pair<std::string_view, std::string_view> without_parameters[] = {
    {"absEnergy", "abs_energy"},
    {"absSumChange", "absolute_sum_of_changes"},
    {"count", "length"},
    {"countAboveMean", "count_above_mean"},
    {"countBelowMean", "count_below_mean"},
    {"firstMax", "first_location_of_maximum"},
    {"firstMin", "first_location_of_minimum"},
    {"hasDup", "has_duplicate"},
    {"hasDupMax", "has_duplicate_max"},
    {"hasDupMin", "has_duplicate_min"},
    {"kurtosis", "kurtosis"},
    {"lastMax", "kx_last_location_of_maximum"},
    {"lastMin", "kx_last_location_of_minimum"},
    {"longStrikeAboveMean", "longest_strike_above_mean"},
    {"longStrikeBelowMean", "longest_strike_below_mean"},
    {"max", "maximum"},
    {"mean", "mean"},
    {"meanAbsChange", "mean_abs_change"},
    {"meanChange", "mean_change"},
    {"mean2DerCentral", "mean_second_derivative_central"},
    {"med", "median"},
    {"min", "minimum"},
    {"perRecurToAllData", "percentage_of_reoccurring_values_to_all_values"},
    {"perRecurToAllVal", "percentage_of_reoccurring_datapoints_to_all_datapoints"},
    {"ratioValNumToSeriesLength", "ratio_value_number_to_time_series_length"},
    {"skewness", "skewness"},
    {"stdDev", "standard_deviation"},
    {"sumRecurringDataPoint", "sum_of_reoccurring_data_points"},
    {"sumRecurringVal", "sum_of_reoccurring_values"},
    {"sumVal", "sum_values"},
    {"var", "variance"},
    {"varAboveStdDev", "variance_larger_than_standard_deviation"},
};

// One parameter, here of another name.
KxEntry renamed(std::string_view name, const Parameter& parameter, const char* values,
                std::string_view calculator, std::string_view theirs) {
  const std::string own(parameter.name);
  Parameters grid;
  grid[own] = base::Json::parse(values);
  const auto parts = [=](const Parameters& given) -> std::vector<KxPart> {
    Parameters parameters;
    parameters[std::string(theirs)] = given.at(own);
    return {{"", calculator, std::move(parameters)}};
  };
  return {{name, {parameter}, std::move(grid)}, parts};
}

KxEntry complexity() {
  return {{"cidCe", {integer("isAbs", 0, 1)}, {{"isAbs", {0, 1}}}},
          [](const Parameters& given) -> std::vector<KxPart> {
            return {{"", "cid_ce", {{"normalize", given.at("isAbs") == 1}}}};
          }};
}

// q's null is NaN here, and its infinities are no JSON.
KxEntry value_counts() {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Parameter val = real("val");
  val.or_none = true;
  return {{"valCount", {val}, {{"val", {0, 1, nullptr, infinity, -infinity}}}},
          [](const Parameters& given) -> std::vector<KxPart> {
            const base::Json& value = given.at("val");
            return {{"", "value_count", {{"value", value.is_null() ? base::Json(std::nan("")) : value}}}};
          }};
}

constexpr const char* deciles = "[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]";
constexpr const char* twentieths =
    "[0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, "
    "0.95]";
constexpr const char* twentieths_from_0 =
    "[0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, "
    "0.95]";

}  // namespace

void add_kx_plain(std::vector<KxEntry>& to) {
  for (const auto& [name, calculator] : without_parameters)
    to.push_back(
        {{name, {}, Parameters::object()}, [of = calculator](const Parameters&) -> std::vector<KxPart> {
           return {{"", of, Parameters::object()}};
         }});
}

void add_kx_renamed(std::vector<KxEntry>& to) {
  to.push_back(
      renamed("autoCorr", integer("lag", 0), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]", "autocorrelation", "lag"));
  to.push_back(
      renamed("binnedEntropy", integer("numBins", 1, 1e6), "[2, 5, 10]", "kx_binned_entropy", "max_bins"));
  to.push_back(renamed("c3", integer("lag", 0), "[1, 2, 3]", "c3", "lag"));
  to.push_back(complexity());
  to.push_back(renamed("indexMassQuantile", real("quantile", 0, 1), deciles, "index_mass_quantile", "q"));
  to.push_back(renamed("largestDev", real("ratio"), twentieths, "large_standard_deviation", "r"));
  to.push_back(renamed("numCrossing", real("crossVal"), "[-1, 0, 1]", "number_crossing_m", "m"));
  to.push_back(renamed("numCwtPeaks", integer("width", 1, 1e3), "[1, 5]", "number_cwt_peaks", "n"));
  to.push_back(renamed("numPeaks", integer("support", 1), "[1, 3]", "number_peaks", "n"));
  to.push_back(renamed("quantile", real("quantile", 0, 1), deciles, "quantile", "q"));
  to.push_back(renamed("ratioBeyondRSigma", real("r"), "[0.5, 1, 1.5, 2, 2.5, 3, 5, 6, 7, 10]",
                       "ratio_beyond_r_sigma", "r"));
  to.push_back(renamed("spktWelch", integer("coeff", 0), "[2, 5, 7]", "spkt_welch_density", "coeff"));
  to.push_back(renamed("symmetricLooking", real("ratio"), twentieths_from_0, "symmetry_looking", "r"));
  to.push_back(renamed("treverseAsymStat", integer("lag", 0), "[1, 2, 3]",
                       "time_reversal_asymmetry_statistic", "lag"));
  to.push_back(value_counts());
}

}  // namespace mproc::kernels::fresh
