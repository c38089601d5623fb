#include "mproc/kernels/fresh/extractor.hpp"

#include <algorithm>

#include "mproc/kernels/fresh/feature_set.hpp"
#include "mproc/kernels/fresh/kx.hpp"
#include "random_series.hpp"

namespace mproc::kernels::fresh {
namespace {

std::vector<Feature> all_features() {
  std::vector<Feature> all = feature_set("comprehensive");
  for (const auto& more : {timewise_features(), feature_set("kx")})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

std::vector<double> extract(Extractor& extractor, const std::vector<double>& values) {
  std::vector<double> results(extractor.features().size());
  extractor.extract(values, results, values);
  return results;
}

std::vector<Feature> chosen(const char* table) {
  return features_of(base::Json::parse(table));
}

TEST(ExtractorTest, results_stand_where_their_features_do_whatever_their_order) {
  std::vector<Feature> features = feature_set("comprehensive");
  Extractor forward(features);
  std::reverse(features.begin(), features.end());
  Extractor backward(features);
  const std::vector<double> values = finite_series()[0].of_length(120);
  const auto expected = extract(forward, values);
  auto found = extract(backward, values);
  std::reverse(found.begin(), found.end());
  for (std::size_t i = 0; i < found.size(); ++i)
    EXPECT_TRUE(same(found[i], expected[i])) << forward.features()[i].name;
}

TEST(ExtractorTest, a_feature_under_two_names_is_given_twice) {
  std::vector<Feature> features =
      chosen(R"({"largestDev": {"ratio": 0.1}, "large_standard_deviation": {"r": 0.1}})");
  Extractor extractor(features);
  const auto found = extract(extractor, {1, 2, 3, 4});
  EXPECT_EQ(found, (std::vector<double>{1, 1}));
}

// What features of one model have in common is computed once; which features are of one, their parameters
// tell.
TEST(ExtractorTest, features_of_several_models_come_in_any_order) {
  Extractor together(chosen(R"({"ar_coefficient": {"coeff": [0, 1, 5], "k": [1, 2]},
      "augmented_dickey_fuller": {"attr": ["teststat", "usedlag"], "autolag": ["AIC", "BIC", null]},
      "friedrich_coefficients": {"coeff": [0, 1, 3], "m": [1, 2], "r": [10, 20]},
      "max_langevin_fixed_point": {"m": [1, 2], "r": [10, 20]},
      "agg_linear_trend": {"attr": ["slope", "rvalue"], "chunk_len": [5, 10], "f_agg": ["max", "mean"]}})"));
  const std::vector<double> values = finite_series()[0].of_length(120);
  const auto found = extract(together, values);
  for (std::size_t i = 0; i < found.size(); ++i) {
    Extractor alone({together.features()[i]});
    EXPECT_TRUE(same(found[i], extract(alone, values)[0])) << together.features()[i].name;
  }
}

// Each held against all before it, they would take minutes.
TEST(ExtractorTest, a_hundred_thousand_features_of_one_calculator_are_told_apart_at_once) {
  std::vector<Feature> features;
  for (int lag = 0; lag < 100'000; ++lag) features.push_back(make_feature("c3", {{"lag", lag}}));
  Extractor extractor(features);
  const auto found = extract(extractor, {2, 3, 5});
  EXPECT_EQ(found[0], (8 + 27 + 125) / 3.0);
  EXPECT_EQ(found[1], 30);
  EXPECT_EQ(std::count(found.begin() + 2, found.end(), 0), 99'998);
}

// Lengths go up and down, so that what is left of a longer series would show.
TEST(ExtractorTest, nothing_is_left_of_the_series_before) {
  Extractor used(all_features());
  for (const std::size_t n : {300, 0, 64, 3, 1, 250, 2, 12, 90}) {
    for (const RandomSeries& kind : all_series()) {
      const std::vector<double> values = kind.of_length(n);
      const auto found = extract(used, values);
      Extractor fresh(used.features());
      const auto expected = extract(fresh, values);
      for (std::size_t i = 0; i < found.size(); ++i)
        EXPECT_TRUE(found[i] == expected[i] || (std::isnan(found[i]) && std::isnan(expected[i])))
            << used.features()[i].name << ", " << kind.name << ", " << n << " values";
    }
  }
}

TEST(ExtractorTest, any_doubles_of_any_length_give_values_and_no_exception) {
  Extractor extractor(all_features());
  for (const auto& kinds : {wild_series(), all_series()})
    for_each_series(kinds, 70, [&extractor](const std::vector<double>& values) {
      EXPECT_NO_THROW(extract(extractor, values));
    });
  for (const RandomSeries& kind : wild_series())
    for (std::size_t n = 71; n <= 300; n += 13) EXPECT_NO_THROW(extract(extractor, kind.of_length(n)));
}

TEST(ExtractorTest, parameters_of_any_size_give_values_and_no_exception) {
  Extractor extractor(chosen(R"({
      "c3": {"lag": [0, 1000000000]}, "time_reversal_asymmetry_statistic": {"lag": 1000000000},
      "number_peaks": {"n": 1000000000}, "mean_n_absolute_max": {"number_of_maxima": 1000000000},
      "energy_ratio_by_chunks": {"num_segments": 1000000000, "segment_focus": [0, 999999999]},
      "agg_linear_trend": {"attr": "slope", "chunk_len": [1, 1000000000], "f_agg": ["median", "std"]},
      "autocorrelation": {"lag": 1000000000}, "agg_autocorrelation": {"f_agg": "std", "maxlag": 1000000000},
      "partial_autocorrelation": {"lag": 10000}, "fft_coefficient": {"attr": "abs", "coeff": 1000000000},
      "spkt_welch_density": {"coeff": 1000000000}, "binned_entropy": {"max_bins": [1, 1000000]},
      "fourier_entropy": {"bins": [1, 1000000]}, "lempel_ziv_complexity": {"bins": [1, 1000000]},
      "permutation_entropy": {"tau": [1, 1000000000], "dimension": [2, 30, 1000000000]},
      "approximate_entropy": {"m": [1, 1000000000], "r": [0.0, 1e300]},
      "ar_coefficient": {"coeff": [0, 20, 1000000000], "k": [1, 20, 1000]},
      "augmented_dickey_fuller": {"attr": "teststat", "autolag": ["AIC", "BIC", "t-stat", null]},
      "friedrich_coefficients": {"coeff": [0, 1000000000], "m": [1, 20], "r": [1, 1000000]},
      "max_langevin_fixed_point": {"m": [1, 20], "r": [1, 1000000]},
      "cwt_coefficients": {"widths": [[0.001, 1000000000]], "coeff": [0, 1000000], "w": [0.001, 1000000000]},
      "number_cwt_peaks": {"n": [1, 1000]}, "quantile": {"q": [0, 1]}, "index_mass_quantile": {"q": [0, 1]},
      "change_quantiles": {"ql": [0, 1], "qh": [0, 1], "isabs": true, "f_agg": "median"}})"));
  for (const std::size_t n : {0, 1, 3, 60})
    for (const auto& kinds : {wild_series(), finite_series()})
      for (const RandomSeries& kind : kinds)
        EXPECT_NO_THROW(extract(extractor, kind.of_length(n))) << kind.name << n;
}

TEST(ExtractorTest, trends_over_time_need_times) {
  Extractor extractor(timewise_features());
  std::vector<double> values{1, 2, 4}, hours{0, 10, 20}, results(5);
  extractor.extract(values, results, hours);
  EXPECT_NEAR(results[3], 0.15, 1e-12);
  extractor.extract(values, results);
  EXPECT_TRUE(std::isnan(results[3]));
}

TEST(KxTest, what_it_defines_otherwise_is_its_own) {
  const std::vector<double> values{0, 3, 1, 3, 2, 0, 1};
  Extractor extractor(chosen(R"({"lastMax": true, "lastMin": true, "binnedEntropy": {"numBins": [2, 10]},
      "eRatioByChunk": {"numSeg": 3}, "perRecurToAllVal": true, "perRecurToAllData": true, "fftAggreg": true})"));
  const auto found = extract(extractor, values);
  EXPECT_DOUBLE_EQ(found[0], 3.0 / 7);
  EXPECT_DOUBLE_EQ(found[1], 5.0 / 7);
  EXPECT_DOUBLE_EQ(found[2], -(4.0 / 7 * std::log(4.0 / 7) + 3.0 / 7 * std::log(3.0 / 7)));
  EXPECT_DOUBLE_EQ(found[3], -(3 * (2.0 / 7) * std::log(2.0 / 7) + 1.0 / 7 * std::log(1.0 / 7)));
  EXPECT_DOUBLE_EQ(found[4], 9.0 / 24);   // 0 3
  EXPECT_DOUBLE_EQ(found[5], 10.0 / 24);  // 1 3
  EXPECT_DOUBLE_EQ(found[6], 5.0 / 24);   // 2 0 1
  EXPECT_DOUBLE_EQ(found[7], 6.0 / 7);
  EXPECT_DOUBLE_EQ(found[8], 3.0 / 4);
  EXPECT_TRUE(std::isnan(kx_location_of_last({}, nan)));
  EXPECT_EQ(kx_binned_entropy(std::vector<double>{4, 4}, 4, 4, 5), 0);
  EXPECT_TRUE(std::isnan(kx_binned_entropy(std::vector<double>{4, infinity}, 4, infinity, 5)));
}

TEST(KxTest, its_definitions_hold_for_series_of_every_length) {
  for_each_series(finite_series(), 300, [](const std::vector<double>& values) {
    if (values.empty()) return;
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    std::size_t last = 0;
    for (std::size_t i = 0; i < values.size(); ++i) last = values[i] == *high ? i : last;
    const auto n = static_cast<double>(values.size());
    EXPECT_EQ(kx_location_of_last(values, *high), static_cast<double>(last) / n);
    EXPECT_EQ(kx_binned_entropy(values, *high, *high, 5), 0);
    for (const std::size_t bins : {2, 5, 10}) {
      if (*low == *high) break;
      std::vector<double> counts(bins + 1);
      for (const double value : values)
        ++counts[static_cast<std::size_t>(static_cast<double>(bins) * ((value - *low) / (*high - *low)))];
      counts[bins - 1] += counts[bins];
      counts.pop_back();
      double entropy = 0;
      for (const double count : counts) entropy -= count > 0 ? count / n * std::log(count / n) : 0;
      EXPECT_TRUE(same(kx_binned_entropy(values, *low, *high, bins), entropy, 1e-3));
    }
  });
}

}  // namespace
}  // namespace mproc::kernels::fresh
