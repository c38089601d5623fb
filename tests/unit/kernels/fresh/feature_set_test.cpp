#include "mproc/kernels/fresh/feature_set.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "mproc/base/error.hpp"
#include "mproc/kernels/fresh/kx.hpp"
#include "support/errors.hpp"

namespace mproc::kernels::fresh {
namespace {

using base::Json;

std::vector<std::string> names_of(const std::vector<Feature>& features) {
  std::vector<std::string> names;
  for (const Feature& feature : features) names.push_back(feature.name);
  return names;
}

std::vector<std::string> names_of(const char* chosen) {
  return names_of(features_of(Json::parse(chosen)));
}

std::string error_of(const char* chosen) {
  return testing::message_of<base::UserError>([chosen] { features_of(Json::parse(chosen)); });
}

using Names = std::vector<std::string>;

TEST(FeatureSetTest, sets_have_the_features_of_tsfresh) {
  EXPECT_EQ(feature_set("comprehensive").size(), 783U);
  EXPECT_EQ(feature_set("efficient").size(), 777U);
  EXPECT_EQ(names_of(feature_set("minimal")),
            (Names{"sum_values", "median", "mean", "length", "standard_deviation", "variance",
                   "root_mean_square", "maximum", "absolute_maximum", "minimum"}));
  EXPECT_EQ(names_of(timewise_features()).front(), "linear_trend_timewise__attr_\"pvalue\"");
  EXPECT_EQ(timewise_features().size(), 5U);
}

TEST(FeatureSetTest, the_efficient_set_lacks_what_takes_quadratic_time) {
  for (const Feature& feature : feature_set("efficient")) {
    EXPECT_NE(feature.calculator->name, "sample_entropy");
    EXPECT_NE(feature.calculator->name, "approximate_entropy");
  }
}

TEST(FeatureSetTest, columns_are_named_as_tsfresh_names_them) {
  EXPECT_EQ(names_of(R"({"mean": true, "value_count": {"value": [0, 1.0, -2.5, 1e16, 1e-5]},
      "range_count": {"min": -1e12, "max": 0}, "cid_ce": {"normalize": [true, false]}})"),
            (Names{"mean", "value_count__value_0", "value_count__value_1.0", "value_count__value_-2.5",
                   "value_count__value_1e+16", "value_count__value_1e-05",
                   "range_count__max_0__min_-1000000000000.0", "cid_ce__normalize_True",
                   "cid_ce__normalize_False"}));
  EXPECT_EQ(names_of(R"({"cwt_coefficients": {"w": 2, "coeff": 3, "widths": [2, 5]},
      "query_similarity_count": {"query": null, "threshold": 0.5},
      "augmented_dickey_fuller": {"attr": "pvalue", "autolag": null}})"),
            (Names{"cwt_coefficients__coeff_3__w_2__widths_(2, 5)",
                   "query_similarity_count__query_None__threshold_0.5",
                   "augmented_dickey_fuller__attr_\"pvalue\"__autolag_None"}));
  EXPECT_EQ(names_of(R"({"query_similarity_count": {"query": [1.5], "threshold": 1}})"),
            Names{"query_similarity_count__query_(1.5,)__threshold_1"});
}

TEST(FeatureSetTest, a_table_gives_combinations_the_first_parameter_slowest_and_each_feature_once) {
  EXPECT_EQ(
      names_of(R"({"agg_autocorrelation": {"maxlag": [5, 7], "f_agg": ["mean", "var"]}})"),
      (Names{"agg_autocorrelation__f_agg_\"mean\"__maxlag_5", "agg_autocorrelation__f_agg_\"var\"__maxlag_5",
             "agg_autocorrelation__f_agg_\"mean\"__maxlag_7",
             "agg_autocorrelation__f_agg_\"var\"__maxlag_7"}));
  EXPECT_EQ(names_of(R"({"c3": [{"lag": 1}, {"lag": [2, 1]}], "length": {}, "mean": null})"),
            (Names{"c3__lag_1", "c3__lag_2", "length", "mean"}));
  EXPECT_EQ(names_of(R"({"cwt_coefficients": {"w": 2, "coeff": 0, "widths": [[2, 5], [2]]}})"),
            (Names{"cwt_coefficients__coeff_0__w_2__widths_(2, 5)",
                   "cwt_coefficients__coeff_0__w_2__widths_(2,)"}));
}

TEST(FeatureSetTest, true_takes_the_comprehensive_sets_parameters) {
  EXPECT_EQ(names_of(R"({"number_peaks": true})"),
            (Names{"number_peaks__n_1", "number_peaks__n_3", "number_peaks__n_5", "number_peaks__n_10",
                   "number_peaks__n_50"}));
  EXPECT_EQ(features_of(Json::parse(R"({"change_quantiles": true})")).size(), 60U);
  EXPECT_EQ(features_of(Json::parse(R"({"linear_trend_timewise": true})")).size(), 5U);
}

TEST(FeatureSetTest, what_is_wrong_is_named_with_the_nearest_known_name) {
  EXPECT_EQ(
      error_of(R"("eficient")"),
      "there is no set of features 'eficient'; did you mean 'efficient'?; sets are 'minimal', 'efficient', "
      "'comprehensive', 'kx', or write a table of features");
  EXPECT_EQ(error_of("5"), "features have to be the name of a set or a table of features, not 5");
  EXPECT_EQ(error_of(R"({"quantil": true})"), "there is no feature 'quantil'; did you mean 'quantile'?");
  EXPECT_EQ(error_of(R"({"absEnergi": true})"), "there is no feature 'absEnergi'; did you mean 'absEnergy'?");
  EXPECT_EQ(
      error_of(R"({"change_quantiles": {"isab": true}})"),
      "feature 'change_quantiles' has no parameter 'isab'; did you mean 'isabs'?; it takes 'f_agg', 'isabs', "
      "'qh', 'ql'");
  EXPECT_EQ(error_of(R"({"mean": {"lag": 1}})"), "feature 'mean' has no parameter 'lag'; it takes none");
  EXPECT_EQ(error_of(R"({"c3": {}})"), "feature 'c3': parameter 'lag' is missing, a whole number from 0");
  EXPECT_EQ(error_of(R"({"c3": {"lag": 1.5}})"),
            "feature 'c3': parameter 'lag' is 1.5; it has to be a whole number from 0");
  EXPECT_EQ(error_of(R"({"c3": {"lag": -1}})"),
            "feature 'c3': parameter 'lag' is -1; it has to be a whole number from 0");
  EXPECT_EQ(error_of(R"({"quantile": {"q": [0.5, 1.5]}})"),
            "feature 'quantile': parameter 'q' is 1.5; it has to be a number from 0 to 1");
  EXPECT_EQ(error_of(R"({"value_count": {"value": "x"}})"),
            "feature 'value_count': parameter 'value' is \"x\"; it has to be a number");
  EXPECT_EQ(error_of(R"({"cid_ce": {"normalize": 1}})"),
            "feature 'cid_ce': parameter 'normalize' is 1; it has to be true or false");
  EXPECT_EQ(error_of(R"({"linear_trend": {"attr": "pval"}})"),
            "feature 'linear_trend': parameter 'attr' is \"pval\"; it has to be one of 'pvalue', 'rvalue', "
            "'intercept', 'slope', 'stderr'");
  EXPECT_EQ(error_of(R"({"c3": 5})"),
            "feature 'c3': is 5; it has to be true, a table of its parameters, or a list of such tables");
  EXPECT_EQ(error_of(R"({"c3": [5]})"), "feature 'c3': 5 in its list has to be a table of its parameters");
  EXPECT_EQ(error_of(R"({"c3": {"lag": []}})"), "feature 'c3': parameter 'lag' is an empty list");
  EXPECT_EQ(error_of(R"({"c3": false})"),
            "feature 'c3': is false; it has to be true, a table of its parameters, or a list of such tables");
}

TEST(FeatureSetTest, tables_of_more_features_than_anyone_wants_are_refused_before_they_are_made) {
  Json lags = Json::array();
  for (int lag = 0; lag < 400; ++lag) lags.push_back(lag);
  const Json table = {{"range_count", {{"min", lags}, {"max", lags}}}};
  EXPECT_EQ(testing::message_of<base::UserError>([&table] { features_of(table); }),
            "feature 'range_count': its lists make more than 100000 features");
}

TEST(FeatureSetTest, parameters_that_do_not_go_together_are_refused) {
  EXPECT_EQ(error_of(R"({"cwt_coefficients": {"w": 3, "coeff": 0, "widths": [2, 5]}})"),
            "feature 'cwt_coefficients': 'w' is 3; it has to be one of 'widths', [2,5]");
  EXPECT_EQ(error_of(R"({"energy_ratio_by_chunks": {"num_segments": 3, "segment_focus": 3}})"),
            "feature 'energy_ratio_by_chunks': 'segment_focus' is 3; it has to be below 'num_segments', 3");
  EXPECT_EQ(
      error_of(R"({"kx_energy_ratio_by_chunks": {"num_segments": 3, "segment_focus": 4}})"),
      "feature 'kx_energy_ratio_by_chunks': 'segment_focus' is 4; it has to be below 'num_segments', 3");
}

TEST(KxTest, there_are_its_57_features_under_its_names) {
  EXPECT_EQ(kx_features().size(), 57U);
  const std::vector<std::string> names = names_of(feature_set("kx"));
  const std::set<std::string> known(names.begin(), names.end());
  EXPECT_EQ(known.size(), names.size());
  for (const char* name : {"absEnergy",
                           "mean2DerCentral",
                           "aggAutoCorr_dev",
                           "aggLinTrend_chunkLen_5_rval_max",
                           "augFuller_usedlag",
                           "autoCorr_lag_9",
                           "binnedEntropy_numBins_2",
                           "c3_lag_1",
                           "changeQuant_lowerQuant_0o1_upperQuant_0o9_isAbs_1_stdev",
                           "cidCe_isAbs_0",
                           "eRatioByChunk_numSeg_3_chunk_0_3",
                           "fftAggreg_kurtosis",
                           "fftCoeff_coeff_10_coeff_9_angle",
                           "indexMassQuantile_quantile_0o5",
                           "largestDev_ratio_0o95",
                           "lastMax",
                           "linTrend_rval",
                           "numCwtPeaks_width_5",
                           "numPeaks_support_3",
                           "partAutoCorrelation_lag_6_lag_1",
                           "rangeCount_minVal_-1_maxVal_1",
                           "ratioBeyondRSigma_r_10",
                           "spktWelch_coeff_7",
                           "symmetricLooking_ratio_0",
                           "valCount_val_null",
                           "valCount_val_-inf",
                           "varAboveStdDev"})
    EXPECT_EQ(known.count(name), 1U) << name;
}

TEST(KxTest, its_features_stand_in_tables_with_their_own_parameters) {
  EXPECT_EQ(names_of(R"({"largestDev": {"ratio": [0.5, 2]}, "absEnergy": true, "linTrend": true})"),
            (Names{"largestDev_ratio_0o5", "largestDev_ratio_2", "absEnergy", "linTrend_rval",
                   "linTrend_intercept", "linTrend_slope"}));
  EXPECT_EQ(error_of(R"({"largestDev": {"r": 1}})"),
            "feature 'largestDev' has no parameter 'r'; it takes 'ratio'");
  EXPECT_EQ(error_of(R"({"numPeaks": {"support": 0}})"),
            "feature 'numPeaks': parameter 'support' is 0; it has to be a whole number from 1");
  // Of a name that both have, tsfresh's is meant.
  EXPECT_EQ(names_of(R"({"quantile": {"q": 0.5}})"), Names{"quantile__q_0.5"});
}

}  // namespace
}  // namespace mproc::kernels::fresh
