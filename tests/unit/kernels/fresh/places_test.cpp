#include <algorithm>
#include <charconv>
#include <map>

#include "mproc/kernels/fresh/benford.hpp"
#include "mproc/kernels/fresh/duplicates.hpp"
#include "mproc/kernels/fresh/locations.hpp"
#include "mproc/kernels/fresh/query.hpp"
#include "mproc/kernels/fresh/series.hpp"
#include "random_series.hpp"

namespace mproc::kernels::fresh {
namespace {

TEST(LocationsTest, extremes_are_where_they_are_first_and_last) {
  for_each_series(finite_series(), 300, [](const std::vector<double>& values) {
    const auto n = static_cast<double>(values.size());
    const auto place = [&](auto at) {
      return values.empty() ? nan : static_cast<double>(at - values.begin()) / n;
    };
    const auto end_place = [&](auto at) {
      return values.empty() ? nan : static_cast<double>(values.rend() - at) / n;
    };
    EXPECT_TRUE(
        same(first_location_of_maximum(values), place(std::max_element(values.begin(), values.end()))));
    EXPECT_TRUE(
        same(first_location_of_minimum(values), place(std::min_element(values.begin(), values.end()))));
    EXPECT_TRUE(
        same(last_location_of_maximum(values), end_place(std::max_element(values.rbegin(), values.rend()))));
    EXPECT_TRUE(
        same(last_location_of_minimum(values), end_place(std::min_element(values.rbegin(), values.rend()))));
  });
}

TEST(LocationsTest, a_NaN_is_the_extreme) {
  const std::vector<double> values{5, -5, nan, 9, nan, -9, infinity, 0};
  EXPECT_EQ(first_location_of_maximum(values), 0.25);
  EXPECT_EQ(first_location_of_minimum(values), 0.25);
  EXPECT_EQ(last_location_of_maximum(values), 0.625);
  EXPECT_EQ(last_location_of_minimum(values), 0.625);
}

TEST(DuplicatesTest, what_occurs_more_than_once_is_counted_and_added) {
  for_each_series(all_series(), 300, [](const std::vector<double>& values) {
    Series series(values);
    std::map<double, double> times;
    double nans = 0;
    for (const double value : values) std::isnan(value) ? ++nans : ++times[value];
    double recurring = 0, points = 0, sum = 0, point_sum = 0;
    for (const auto& [value, count] : times) {
      recurring += count > 1 ? 1 : 0;
      points += count > 1 ? count : 0;
      sum += (count > 1 ? 1 : 0) * value;
      point_sum += (count > 1 ? count : 0) * value;
    }
    const double distinct = static_cast<double>(times.size()) + (nans > 0 ? 1 : 0);
    const auto n = static_cast<double>(values.size());
    const Duplicates& found = series.duplicates();
    EXPECT_TRUE(same(percentage_of_reoccurring_values_to_all_values(found),
                     (recurring + (nans > 1 ? 1 : 0)) / distinct));
    EXPECT_TRUE(same(percentage_of_reoccurring_datapoints_to_all_datapoints(found), points / n));
    EXPECT_TRUE(same(ratio_value_number_to_time_series_length(found), distinct / n));
    EXPECT_TRUE(same(found.recurring_sum, nans > 0 ? nan : sum, 1));
    EXPECT_TRUE(same(found.recurring_points_sum, nans > 0 ? nan : point_sum, 1));
    EXPECT_EQ(has_duplicate(values, series.maximum()),
              std::count(values.begin(), values.end(), series.maximum()) > 1);
  });
}

TEST(DuplicatesTest, both_zeros_are_one_value) {
  const std::vector<double> values{0.0, -0.0, 1};
  Series series(values);
  EXPECT_EQ(series.duplicates().distinct, 2U);
  EXPECT_EQ(series.duplicates().recurring_points, 2U);
  EXPECT_TRUE(has_duplicate(values, series.minimum()));
}

std::vector<double> shares_of_first_digits(const std::vector<double>& values) {
  std::vector<double> shares(9);
  for (const double value : values) {
    char text[400] = {};
    const double size = std::isnan(value) ? 0 : std::min(std::abs(value), std::numeric_limits<double>::max());
    std::to_chars(text, text + sizeof text, size, std::chars_format::fixed);
    const std::size_t first = std::string(text).find_first_of("123456789");
    if (first != std::string::npos) shares[static_cast<std::size_t>(text[first] - '1')] += 1;
  }
  for (double& share : shares) share /= static_cast<double>(values.size());
  return shares;
}

double correlation_naively(const std::vector<double>& a, const std::vector<double>& b) {
  long double a_sum = 0, b_sum = 0, aa = 0, bb = 0, ab = 0;
  for (std::size_t i = 0; i < a.size(); ++i) a_sum += a[i], b_sum += b[i];
  const long double a_mean = a_sum / a.size(), b_mean = b_sum / b.size();
  for (std::size_t i = 0; i < a.size(); ++i) {
    aa += (a[i] - a_mean) * (a[i] - a_mean);
    bb += (b[i] - b_mean) * (b[i] - b_mean);
    ab += (a[i] - a_mean) * (b[i] - b_mean);
  }
  return static_cast<double>(ab / std::sqrt(aa * bb));
}

TEST(BenfordTest, first_digits_of_numbers_of_any_size_are_correlated_with_the_law) {
  std::vector<double> law;
  for (int d = 1; d <= 9; ++d) law.push_back(std::log10(1 + 1.0 / d));
  for (const auto& kinds : {all_series(), wild_series()}) {
    for_each_series(kinds, 300, [&law](const std::vector<double>& values) {
      const auto shares = shares_of_first_digits(values);
      const bool equal = std::count(shares.begin(), shares.end(), shares[0]) == 9;
      EXPECT_TRUE(same(benford_correlation(values),
                       values.empty() || equal ? nan : correlation_naively(law, shares), 1e-3));
    });
  }
}

TEST(BenfordTest, denormal_numbers_have_the_first_digit_of_their_shortest_decimal) {
  const std::vector<double> fives{5e-324, -5e-324}, ones{1e-323, 1e-310};
  EXPECT_EQ(benford_correlation(fives), benford_correlation(std::vector<double>{5, 5}));
  EXPECT_EQ(benford_correlation(ones), benford_correlation(std::vector<double>{1, 1}));
}

TEST(QueryTest, stretches_of_the_querys_shape_are_counted_whatever_their_height_and_size) {
  const std::vector<double> values{0, 1, 0, 10, 30, 10, 5, 5, 5, 7, 5.99, 7};
  const std::vector<double> peak{1, 2, 1};
  EXPECT_EQ(query_similarity_count(values, peak, 1e-9), 2);
  EXPECT_EQ(query_similarity_count(values, peak, 1.8), 4);
  EXPECT_EQ(query_similarity_count(values, std::vector<double>{4, 4, 4}, 1e-9), 1);
  EXPECT_EQ(query_similarity_count(values, std::vector<double>{1, nan, 1}, 1e9), 0);
  EXPECT_TRUE(std::isnan(query_similarity_count(values, {}, 0)));
  EXPECT_TRUE(std::isnan(query_similarity_count(std::vector<double>{1, 2}, peak, 0)));
}

}  // namespace
}  // namespace mproc::kernels::fresh
