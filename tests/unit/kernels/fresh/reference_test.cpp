#include "reference.hpp"

#include <cmath>
#include <numbers>
#include <numeric>

#include "mproc/kernels/fresh/extractor.hpp"
#include "mproc/kernels/fresh/feature_set.hpp"
#include "mproc/kernels/fresh/welch.hpp"
#include "random_series.hpp"

namespace mproc::kernels::fresh {
namespace {

// One series' features, in the order of the comprehensive set.
struct Row {
  const std::vector<Feature>& features;
  std::vector<double> values, expected, found;

  double sum_of_sizes() const {
    return std::accumulate(values.begin(), values.end(), 0.0,
                           [](double sum, double value) { return sum + std::abs(value); });
  }
  double largest() const {
    double most = 0;
    for (const double value : values) most = std::max(most, std::abs(value));
    return most;
  }
  // The feature's number in expected or found.
  double of(const std::string& name, const std::vector<double>& from) const {
    for (std::size_t i = 0; i < features.size(); ++i)
      if (features[i].name == name) return from[i];
    ADD_FAILURE() << "no feature " << name;
    return nan;
  }
};

struct Cell {
  const Row& row;
  const Feature& feature;
  double expected, found;

  bool is_of(std::string_view calculator) const { return feature.calculator->name == calculator; }
  std::string text(const char* parameter) const {
    return feature.parameters.at(parameter).get<std::string>();
  }
  bool is_within(double tolerance) const { return std::abs(found - expected) <= tolerance; }
};

constexpr double epsilon = std::numeric_limits<double>::epsilon();

// A line of the transform is a sum of n terms of any sign: what rounding leaves of it is relative to their
// sizes. Where a line is nothing else, its angle is anything.
bool is_round_off_of_a_line(const Cell& cell) {
  if (!cell.is_of("fft_coefficient") || !std::isfinite(cell.row.sum_of_sizes())) return false;
  const double noise = 8 * epsilon * cell.row.sum_of_sizes();
  if (cell.text("attr") != "angle") return cell.is_within(noise);
  const std::string line =
      "fft_coefficient__attr_\"abs\"__coeff_" + cell.feature.parameters.at("coeff").dump();
  const double size = std::max(cell.row.of(line, cell.row.expected), cell.row.of(line, cell.row.found));
  const double turn = std::abs(std::remainder(cell.found - cell.expected, 360));
  return turn <= 180 && turn * std::numbers::pi / 180 * size <= 4 * noise;
}

// Its algorithm decides which infinite terms NumPy's transform multiplies by a zero.
bool is_line_beside_infinity(const Cell& cell) {
  return cell.is_of("fft_coefficient") && std::isinf(cell.row.sum_of_sizes()) &&
         (cell.text("attr") == "imag" || cell.text("attr") == "angle");
}

bool is_round_off_of_the_density(const Cell& cell) {
  const double noise = 8 * epsilon * cell.row.largest();
  return cell.is_of("spkt_welch_density") &&
         cell.is_within(noise * noise * static_cast<double>(cell.row.values.size()));
}

// What the lines but the first add up to is less than round-off of the first.
bool is_shape_of_one_line(const Cell& cell) {
  const double lines = static_cast<double>(cell.row.values.size() / 2 + 1), noise = 8 * epsilon;
  if (!cell.is_of("fft_aggregated")) return false;
  return cell.is_within(noise * (cell.text("aggtype") == "centroid" ? lines : lines * lines));
}

// Its place in a bin decides the entropy, and round-off on which side of an edge it is.
bool is_density_on_an_edge(const Cell& cell) {
  if (!cell.is_of("fourier_entropy") || !(cell.found >= 0)) return false;
  const double bins = cell.feature.parameters.at("bins").get<double>();
  std::vector<double> density;
  welch_density(cell.row.values, density);
  const double most = *std::max_element(density.begin(), density.end());
  const double least = *std::min_element(density.begin(), density.end());
  const bool on_edge = std::any_of(density.begin(), density.end(), [=](double line) {
    const double place = (line - least) / (most - least) * bins;
    return line < most && place > 0.5 && std::abs(place - std::round(place)) < 1e-6;
  });
  const bool all_round_off = most < std::pow(8 * epsilon * cell.row.largest(), 2);
  return (on_edge || all_round_off) && cell.found <= std::log(bins) + 1e-9;
}

// Equal wavelet coefficients make no maximum, unless by round-off.
bool is_count_of_equal_maxima(const Cell& cell) {
  return cell.is_of("number_cwt_peaks") && cell.is_within(1);
}

double squared_residuals(const Row& row, const std::vector<double>& from) {
  double sum = 0;
  const std::vector<double>& x = row.values;
  for (std::size_t t = 10; t < x.size(); ++t) {
    double residual = x[t];
    for (std::size_t k = 0; k <= 10; ++k)
      residual -=
          row.of("ar_coefficient__coeff_" + std::to_string(k) + "__k_10", from) * (k == 0 ? 1 : x[t - k]);
    sum += residual * residual;
  }
  return sum;
}

// Where columns of a regression all but depend on each other, other coefficients fit as well, or better.
bool fits_as_well(const Cell& cell) {
  if (!cell.is_of("ar_coefficient")) return false;
  const double noise = 1e-10 * cell.row.largest();
  return squared_residuals(cell.row, cell.row.found) <=
         squared_residuals(cell.row, cell.row.expected) * (1 + 1e-9) +
             static_cast<double>(cell.row.values.size()) * noise * noise;
}

// Where differences before it explain a change to the last bits, the statistic is round-off over round-off.
bool is_test_of_an_exact_fit(const Cell& cell) {
  if (!cell.is_of("augmented_dickey_fuller") || !std::isfinite(cell.found)) return false;
  const std::string attr = cell.text("attr");
  if (attr == "pvalue") return cell.found >= 0 && cell.found <= 1;
  return attr == "teststat" ||
         (cell.found >= 0 && cell.found <= static_cast<double>(cell.row.values.size()) / 2);
}

double drift_at(double x, const Cell& cell, const std::vector<double>& from) {
  double value = 0;
  for (const char* k : {"0", "1", "2", "3"})
    value = value * x + cell.row.of(std::string("friedrich_coefficients__coeff_") + k + "__m_3__r_30", from);
  return value;
}

// Single coefficients are round-off where the drift is straight, or cancel where the values are far from 0.
bool drifts_alike(const Cell& cell) {
  if (!cell.is_of("friedrich_coefficients")) return false;
  double scale = 0, difference = 0;
  for (std::size_t i = 0; i < cell.row.values.size(); ++i) {
    const double x = cell.row.values[i];
    if (i > 0) scale = std::max(scale, std::abs(x - cell.row.values[i - 1]));
    difference = std::max(difference,
                          std::abs(drift_at(x, cell, cell.row.found) - drift_at(x, cell, cell.row.expected)));
  }
  return difference <= 1e-6 * scale;
}

// Where the drift is straight, what rounding leaves of its square and cube decides where their roots are.
bool is_fixed_point_of_round_off(const Cell& cell) {
  if (!cell.is_of("max_langevin_fixed_point")) return false;
  double terms[4];
  for (std::size_t k = 0; k < 4; ++k) {
    const std::string name = "friedrich_coefficients__coeff_" + std::to_string(k) + "__m_3__r_30";
    const double coefficient = cell.row.of(name, cell.row.expected);
    terms[k] = std::abs(coefficient) * std::pow(cell.row.largest(), 3 - static_cast<double>(k));
  }
  return terms[0] + terms[1] <= 1e-9 * (terms[2] + terms[3]);
}

bool is_trend_that_cancels(const Cell& cell) {
  return cell.is_of("agg_linear_trend") && cell.is_within(8 * epsilon * std::max(1.0, cell.row.largest()));
}

// Why a cell may differ by more than 1e-9. Of those that the mask calls stable, few do.
struct Explanation {
  const char* name;
  bool (*holds)(const Cell&);
  std::size_t most_stable_cells;
};
constexpr Explanation explanations[] = {{"round-off of a spectral line", is_round_off_of_a_line, 18},
                                        {"a spectral line beside infinity", is_line_beside_infinity, 14},
                                        {"round-off of the power density", is_round_off_of_the_density, 0},
                                        {"a spectrum of one line", is_shape_of_one_line, 0},
                                        {"a power density on the edge of a bin", is_density_on_an_edge, 2},
                                        {"equal maxima", is_count_of_equal_maxima, 0},
                                        {"an autoregression that fits as well", fits_as_well, 0},
                                        {"a test of an exact fit", is_test_of_an_exact_fit, 0},
                                        {"drifts that are alike", drifts_alike, 0},
                                        {"a fixed point of round-off", is_fixed_point_of_round_off, 0},
                                        {"a trend that cancels", is_trend_that_cancels, 0}};

const std::vector<Feature>& comprehensive() {
  static const std::vector<Feature> features = feature_set("comprehensive");
  return features;
}

double largest_wavelet_coefficient(const Row& row) {
  double most = 0;
  for (std::size_t i = 0; i < row.features.size(); ++i)
    if (row.features[i].calculator->name == "cwt_coefficients" && row.expected[i] == row.expected[i])
      most = std::max(most, std::abs(row.expected[i]));
  return most;
}

class FreshReferenceTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const ReferenceTable reference = read_table("reference");
    names_ = reference.header;
    Extractor extractor(comprehensive());
    const auto all = reference_series();
    for (std::size_t i = 0; i < all.size(); ++i) {
      Row row{comprehensive(), all[i].values, {}, std::vector<double>(comprehensive().size())};
      EXPECT_EQ(reference.rows[i][0], all[i].id);
      for (std::size_t k = 1; k < names_.size(); ++k) {
        const std::string& cell = reference.rows[i][k];  // what raises there is NaN here
        row.expected.push_back(cell.empty() ? nan : reference_number(cell));
      }
      extractor.extract(row.values, row.found);
      rows_.push_back(std::move(row));
    }
    stable_ = read_table("stable_mask").rows;
  }
  static void TearDownTestSuite() {
    rows_.clear();
    stable_.clear();
  }

  static std::vector<std::string> names_;
  static std::vector<Row> rows_;
  static std::vector<std::vector<std::string>> stable_;
};
std::vector<std::string> FreshReferenceTest::names_;
std::vector<Row> FreshReferenceTest::rows_;
std::vector<std::vector<std::string>> FreshReferenceTest::stable_;

TEST_F(FreshReferenceTest, columns_have_its_names_and_order) {
  ASSERT_EQ(names_.size(), comprehensive().size() + 1);
  for (std::size_t i = 0; i < comprehensive().size(); ++i)
    EXPECT_EQ("value__" + comprehensive()[i].name, names_[i + 1]);
}

TEST_F(FreshReferenceTest, cells_are_equal_to_1e_9_or_differ_for_a_known_reason) {
  std::map<const char*, std::size_t> stable_cells;
  ASSERT_EQ(rows_.size(), 68U);
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const Row& row = rows_[i];
    const double wavelets = largest_wavelet_coefficient(row);
    for (std::size_t k = 0; k < row.features.size(); ++k) {
      const Cell cell{row, row.features[k], row.expected[k], row.found[k]};
      const auto equal = same(cell.found, cell.expected, cell.is_of("cwt_coefficients") ? wavelets : 0);
      if (equal) continue;
      const auto reason = std::find_if(std::begin(explanations), std::end(explanations),
                                       [&cell](const Explanation& one) { return one.holds(cell); });
      EXPECT_NE(reason, std::end(explanations))
          << "series " << i << ", " << cell.feature.name << ": " << equal.message();
      if (reason != std::end(explanations) && stable_[i][k + 1] == "1") ++stable_cells[reason->name];
    }
  }
  for (const Explanation& one : explanations)
    EXPECT_LE(stable_cells[one.name], one.most_stable_cells) << one.name;
}

TEST_F(FreshReferenceTest, trends_over_time_are_equal_to_1e_9) {
  const ReferenceTable reference = read_table("timewise_reference");
  Extractor extractor(timewise_features());
  std::vector<double> found(extractor.features().size());
  const auto all = reference_series();
  ASSERT_EQ(reference.rows.size(), all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    extractor.extract(all[i].values, found, all[i].hours);
    for (std::size_t k = 0; k < found.size(); ++k) {
      EXPECT_EQ("value__" + extractor.features()[k].name, reference.header[k + 1]);
      EXPECT_TRUE(same(found[k], reference_number(reference.rows[i][k + 1]))) << i << reference.header[k + 1];
    }
  }
}

}  // namespace
}  // namespace mproc::kernels::fresh
