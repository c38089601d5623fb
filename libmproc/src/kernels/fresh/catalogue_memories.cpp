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

// Coefficient coeff of a model of order k.
struct Coefficient {
  std::size_t coeff, k;
};

struct DriftTerm {
  std::size_t coeff, m, r;
};

struct TestPart {
  double DickeyFuller::*part;
  LagChoice choice;
};

constexpr std::array<std::string_view, 3> test_parts{"teststat", "pvalue", "usedlag"};
constexpr std::array<double DickeyFuller::*, 3> test_members{&DickeyFuller::statistic, &DickeyFuller::p_value,
                                                             &DickeyFuller::used_lag};
constexpr std::array<std::string_view, 3> lag_choices{"AIC", "BIC", "t-stat"};

std::size_t lag_at(const Parameters& given) {
  return size_of(given, "lag");
}

TestPart test_part_of(const Parameters& given) {
  const bool chosen = !given.at("autolag").is_null();
  return {test_members[choice_of<std::size_t>(given, "attr", test_parts)],
          chosen ? choice_of<LagChoice>(given, "autolag", lag_choices) : LagChoice::most};
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

void autoregression(Series& series, std::span<const Coefficient> chosen, std::span<double> to) {
  std::vector<double> coefficients;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const auto [coeff, k] = chosen[i];
    if (coefficients.size() != k + 1) {
      coefficients.resize(k + 1);
      ar_coefficients(series.values(), coefficients);
    }
    to[i] = coeff <= k ? coefficients[coeff] : std::numeric_limits<double>::quiet_NaN();
  }
}

void unit_root_tests(Series& series, std::span<const TestPart> chosen, std::span<double> to) {
  DickeyFuller test{};
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (i == 0 || chosen[i].choice != chosen[i - 1].choice)
      test = augmented_dickey_fuller(series.values(), chosen[i].choice);
    to[i] = test.*chosen[i].part;
  }
}

double drift_term(Series& series, DriftTerm term) {
  const std::span<const double> drift = series.drift(term.m, term.r);
  return term.coeff < drift.size() ? drift[term.coeff] : std::numeric_limits<double>::quiet_NaN();
}

std::vector<Parameter> drift_parameters() {
  return {integer("m", 1, 20), integer("r", 1, 1e6)};
}

void add_correlations(std::vector<Calculator>& to) {
  to.push_back(together("autocorrelation", {integer("lag", 0)}, {.both = 0.2}, lag_at,
                        [](Series& series, std::span<const std::size_t> lags, std::span<double> results) {
                          const auto products = series.lagged_products(largest_of(lags));
                          for (std::size_t i = 0; i < lags.size(); ++i)
                            results[i] = autocorrelation(products, series.size(), series.variance(), lags[i]);
                        }));
  to.push_back(together(
      "agg_autocorrelation", {text("f_agg", aggregate_names), integer("maxlag", 1)}, {.value = 10},
      [](const Parameters& given) {
        return AggregatedLags{size_of(given, "maxlag"), f_agg_of(given)};
      },
      aggregated_autocorrelations));
  to.push_back(together("partial_autocorrelation", {integer("lag", 0, 1e4)}, {.both = 0.2}, lag_at,
                        partial_autocorrelations_at));
}

}  // namespace

void add_memories(std::vector<Calculator>& to) {
  add_correlations(to);
  to.push_back(together(
      "ar_coefficient", {integer("coeff", 0), integer("k", 1, 1e3)}, {.value = 30, .feature = 200},
      [](const Parameters& given) {
        return Coefficient{size_of(given, "coeff"), size_of(given, "k")};
      },
      autoregression));
  Parameter autolag = text("autolag", lag_choices);
  autolag.or_none = true;
  to.push_back(together("augmented_dickey_fuller", {text("attr", test_parts), autolag}, {.value = 100},
                        test_part_of, unit_root_tests));
  auto parameters = drift_parameters();
  to.push_back(each(
      "max_langevin_fixed_point", parameters, {.value = 15, .sorting = 1},
      [](const Parameters& given) {
        return DriftTerm{0, size_of(given, "m"), size_of(given, "r")};
      },
      [](Series& series, DriftTerm term) { return max_langevin_fixed_point(series.drift(term.m, term.r)); }));
  parameters.push_back(integer("coeff", 0));
  to.push_back(each(
      "friedrich_coefficients", parameters, {.value = 15, .sorting = 1},
      [](const Parameters& given) {
        return DriftTerm{size_of(given, "coeff"), size_of(given, "m"), size_of(given, "r")};
      },
      drift_term));
}

}  // namespace mproc::kernels::fresh
