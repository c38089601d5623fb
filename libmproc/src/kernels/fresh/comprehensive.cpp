#include "comprehensive.hpp"

namespace mproc::kernels::fresh {
namespace {

// tsfresh.feature_extraction.settings.ComprehensiveFCParameters: its order, and its numbers to the last
// digit, as column names have them. Empty lists are filled in below.
constexpr const char* comprehensive = R"({
  "variance_larger_than_standard_deviation": true, "has_duplicate_max": true, "has_duplicate_min": true,
  "has_duplicate": true, "sum_values": true, "abs_energy": true, "mean_abs_change": true, "mean_change": true,
  "mean_second_derivative_central": true, "median": true, "mean": true, "length": true, "standard_deviation": true,
  "variation_coefficient": true, "variance": true, "skewness": true, "kurtosis": true, "root_mean_square": true,
  "absolute_sum_of_changes": true, "longest_strike_below_mean": true, "longest_strike_above_mean": true,
  "count_above_mean": true, "count_below_mean": true, "last_location_of_maximum": true,
  "first_location_of_maximum": true, "last_location_of_minimum": true, "first_location_of_minimum": true,
  "percentage_of_reoccurring_values_to_all_values": true,
  "percentage_of_reoccurring_datapoints_to_all_datapoints": true, "sum_of_reoccurring_values": true,
  "sum_of_reoccurring_data_points": true, "ratio_value_number_to_time_series_length": true, "sample_entropy": true,
  "maximum": true, "absolute_maximum": true, "minimum": true, "benford_correlation": true,
  "time_reversal_asymmetry_statistic": {"lag": [1, 2, 3]},
  "c3": {"lag": [1, 2, 3]},
  "cid_ce": {"normalize": [true, false]},
  "symmetry_looking": {"r": [0.0, 0.05, 0.1, 0.15000000000000002, 0.2, 0.25, 0.30000000000000004,
    0.35000000000000003, 0.4, 0.45, 0.5, 0.55, 0.6000000000000001, 0.65, 0.7000000000000001, 0.75, 0.8,
    0.8500000000000001, 0.9, 0.9500000000000001]},
  "large_standard_deviation": {"r": [0.05, 0.1, 0.15000000000000002, 0.2, 0.25, 0.30000000000000004,
    0.35000000000000003, 0.4, 0.45, 0.5, 0.55, 0.6000000000000001, 0.65, 0.7000000000000001, 0.75, 0.8,
    0.8500000000000001, 0.9, 0.9500000000000001]},
  "quantile": {"q": [0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9]},
  "autocorrelation": {"lag": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]},
  "agg_autocorrelation": {"f_agg": ["mean", "median", "var"], "maxlag": 40},
  "partial_autocorrelation": {"lag": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]},
  "number_cwt_peaks": {"n": [1, 5]},
  "number_peaks": {"n": [1, 3, 5, 10, 50]},
  "binned_entropy": {"max_bins": 10},
  "index_mass_quantile": {"q": [0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9]},
  "cwt_coefficients": {"widths": [[2, 5, 10, 20]], "coeff": [], "w": [2, 5, 10, 20]},
  "spkt_welch_density": {"coeff": [2, 5, 8]},
  "ar_coefficient": {"coeff": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "k": 10},
  "change_quantiles": [
    {"ql": 0.0, "qh": [0.2, 0.4, 0.6, 0.8, 1.0], "isabs": [false, true], "f_agg": ["mean", "var"]},
    {"ql": 0.2, "qh": [0.4, 0.6, 0.8, 1.0], "isabs": [false, true], "f_agg": ["mean", "var"]},
    {"ql": 0.4, "qh": [0.6, 0.8, 1.0], "isabs": [false, true], "f_agg": ["mean", "var"]},
    {"ql": 0.6, "qh": [0.8, 1.0], "isabs": [false, true], "f_agg": ["mean", "var"]},
    {"ql": 0.8, "qh": 1.0, "isabs": [false, true], "f_agg": ["mean", "var"]}],
  "fft_coefficient": {"attr": ["real", "imag", "abs", "angle"], "coeff": []},
  "fft_aggregated": {"aggtype": ["centroid", "variance", "skew", "kurtosis"]},
  "value_count": {"value": [0, 1, -1]},
  "range_count": [{"max": 1, "min": -1}, {"max": 0, "min": -1e12}, {"max": 1e12, "min": 0}],
  "approximate_entropy": {"m": 2, "r": [0.1, 0.3, 0.5, 0.7, 0.9]},
  "friedrich_coefficients": {"coeff": [0, 1, 2, 3], "m": 3, "r": 30},
  "max_langevin_fixed_point": {"m": 3, "r": 30},
  "linear_trend": {"attr": ["pvalue", "rvalue", "intercept", "slope", "stderr"]},
  "agg_linear_trend": {"attr": ["rvalue", "intercept", "slope", "stderr"], "chunk_len": [5, 10, 50],
    "f_agg": ["max", "min", "mean", "var"]},
  "augmented_dickey_fuller": {"attr": ["teststat", "pvalue", "usedlag"], "autolag": "AIC"},
  "number_crossing_m": {"m": [0, -1, 1]},
  "energy_ratio_by_chunks": {"num_segments": 10, "segment_focus": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]},
  "ratio_beyond_r_sigma": {"r": [0.5, 1, 1.5, 2, 2.5, 3, 5, 6, 7, 10]},
  "count_above": {"t": 0},
  "count_below": {"t": 0},
  "lempel_ziv_complexity": {"bins": [2, 3, 5, 10, 100]},
  "fourier_entropy": {"bins": [2, 3, 5, 10, 100]},
  "permutation_entropy": {"tau": 1, "dimension": [3, 4, 5, 6, 7]},
  "query_similarity_count": {"query": null, "threshold": 0.0},
  "mean_n_absolute_max": {"number_of_maxima": 7},
  "linear_trend_timewise": {"attr": ["pvalue", "rvalue", "intercept", "slope", "stderr"]}
})";

base::Json numbers_below(int end) {
  base::Json numbers = base::Json::array();
  for (int i = 0; i < end; ++i) numbers.push_back(i);
  return numbers;
}

}  // namespace

base::Json comprehensive_table() {
  base::Json table = base::Json::parse(comprehensive);
  table["cwt_coefficients"]["coeff"] = numbers_below(15);
  table["fft_coefficient"]["coeff"] = numbers_below(100);
  return table;
}

}  // namespace mproc::kernels::fresh
