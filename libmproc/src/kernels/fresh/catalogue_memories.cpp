#include <array>

#include "catalogue.hpp"
#include "mproc/kernels/fresh/autocovariance.hpp"
#include "mproc/kernels/fresh/autoregression.hpp"
#include "mproc/kernels/fresh/langevin.hpp"

namespace mproc::kernels::fresh {
namespace {

struct AggregatedLags {
  std::size_t maxlag;
  Aggregate f_agg;
};

// Degree and bins of a drift.
using DriftModel = std::pair<std::size_t, std::size_t>;
using TestPart = double DickeyFuller::*;

constexpr std::array<std::string_view, 3> test_parts{"teststat", "pvalue", "usedlag"};
constexpr std::array<TestPart, 3> test_members{&DickeyFuller::statistic, &DickeyFuller::p_value,
                                               &DickeyFuller::used_lag};
constexpr std::array<std::string_view, 3> lag_choices{"AIC", "BIC", "t-stat"};

std::size_t lag_at(const Parameters& given) {
  return size_of(given, "lag");
}

std::pair<LagChoice, TestPart> test_part_of(const Parameters& given) {
  const bool chosen = !given.at("autolag").is_null();
  return {chosen ? choice_of<LagChoice>(given, "autolag", lag_choices) : LagChoice::most,
          test_members[choice_of<std::size_t>(given, "attr", test_parts)]};
}

DriftModel drift_model_of(const Parameters& given) {
  return {size_of(given, "m"), size_of(given, "r")};
}

double term_of(std::span<const double> coefficients, std::size_t coeff) {
  return coeff < coefficients.size() ? coefficients[coeff] : std::numeric_limits<double>::quiet_NaN();
}

std::size_t largest_of(std::span<const std::size_t> numbers) {
  return numbers.empty() ? 0 : *std::max_element(numbers.begin(), numbers.end());
}

void aggregated_autocorrelations(Series& series, std::span<const AggregatedLags> chosen,
                                 std::span<double> to) {
  std::size_t longest = 0;
  for (const AggregatedLags& one : chosen) longest = std::max(longest, one.maxlag);
  std::vector<double> correlations;
  adjusted_autocorrelations(series.lagged_products(longest), series.size(), series.variance(), longest,
                            correlations);
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const std::size_t lags = std::min(chosen[i].maxlag, correlations.size());
    to[i] = aggregate(std::span(correlations).first(lags), chosen[i].f_agg);
  }
}

void partial_autocorrelations_at(Series& series, std::span<const std::size_t> lags, std::span<double> to) {
  const std::size_t longest = largest_of(lags);
  std::vector<double> coefficients(longest + 1);
  partial_autocorrelations(series.lagged_products(longest), series.size(), coefficients);
  for (std::size_t i = 0; i < lags.size(); ++i) to[i] = coefficients[lags[i]];
}

std::vector<double> autoregression(Series& series, std::size_t k) {
  std::vector<double> coefficients(k + 1);
  ar_coefficients(series.values(), coefficients);
  return coefficients;
}

std::vector<Parameter> drift_parameters() {
  return {integer("m", 1, 20), integer("r", 1, 1e6)};
}

void add_correlations(std::vector<Calculator>& to) {
  to.push_back(together("autocorrelation", {integer("lag", 0)}, lag_at,
                        [](Series& series, std::span<const std::size_t> lags, std::span<double> results) {
                          const auto products = series.lagged_products(largest_of(lags));
                          for (std::size_t i = 0; i < lags.size(); ++i)
                            results[i] = autocorrelation(products, series.size(), series.variance(), lags[i]);
                        }));
  to.push_back(together(
      "agg_autocorrelation", {text("f_agg", aggregate_names), integer("maxlag", 1)},
      [](const Parameters& given) {
        return AggregatedLags{size_of(given, "maxlag"), f_agg_of(given)};
      },
      aggregated_autocorrelations));
  to.push_back(
      together("partial_autocorrelation", {integer("lag", 0, 1e4)}, lag_at, partial_autocorrelations_at));
}

}  // namespace

void add_memories(std::vector<Calculator>& to) {
  add_correlations(to);
  to.push_back(parts(
      "ar_coefficient", {integer("coeff", 0), integer("k", 1, 1e3)},
      [](const Parameters& given) { return std::pair(size_of(given, "k"), size_of(given, "coeff")); },
      autoregression, term_of));
  Parameter autolag = text("autolag", lag_choices);
  autolag.or_none = true;
  to.push_back(parts(
      "augmented_dickey_fuller", {text("attr", test_parts), autolag}, test_part_of,
      [](Series& series, LagChoice choice) { return augmented_dickey_fuller(series.values(), choice); },
      [](const DickeyFuller& test, TestPart part) { return test.*part; }));
  auto parameters = drift_parameters();
  to.push_back(
      each("max_langevin_fixed_point", parameters, drift_model_of, [](Series& series, DriftModel model) {
        return max_langevin_fixed_point(series.drift(model.first, model.second));
      }));
  parameters.push_back(integer("coeff", 0));
  to.push_back(parts(
      "friedrich_coefficients", parameters,
      [](const Parameters& given) { return std::pair(drift_model_of(given), size_of(given, "coeff")); },
      [](Series& series, DriftModel model) { return series.drift(model.first, model.second); }, term_of));
}

}  // namespace mproc::kernels::fresh
