#include "mproc/kernels/fresh/moments.hpp"

#include <algorithm>
#include <functional>

#include "mproc/kernels/fresh/series.hpp"
#include "random_series.hpp"

namespace mproc::kernels::fresh {
namespace {

long double mean_power(const std::vector<double>& values, long double about, int power) {
  long double sum = 0;
  for (const double value : values) sum += std::pow(value - about, power);
  return sum / static_cast<long double>(values.size());
}

bool any_nan(const std::vector<double>& values) {
  return std::any_of(values.begin(), values.end(), [](double value) { return std::isnan(value); });
}

std::vector<double> numbers_of(std::vector<double> values) {
  std::erase_if(values, [](double value) { return std::isnan(value); });
  return values;
}

TEST(MomentsTest, sums_means_and_deviations_are_their_formulas) {
  for_each_series(all_series(), 300, [](const std::vector<double>& values) {
    Series series(values);
    const auto n = static_cast<long double>(values.size());
    const long double mean = mean_power(values, 0, 1), variance = mean_power(values, mean, 2);
    EXPECT_TRUE(same(series.sum(), values.empty() ? 0 : static_cast<double>(mean * n), 10));
    EXPECT_TRUE(same(series.mean(), static_cast<double>(mean), 10));
    EXPECT_TRUE(same(series.variance(), static_cast<double>(variance), 10));
    EXPECT_TRUE(same(series.deviation(), static_cast<double>(std::sqrt(variance)), 10));
    EXPECT_TRUE(same(root_mean_square(series.energy(), series.size()),
                     static_cast<double>(std::sqrt(mean_power(values, 0, 2)))));
  });
}

TEST(MomentsTest, extremes_and_median_are_those_of_the_sorted_values_and_NaN_beside_a_NaN) {
  for_each_series(all_series(), 300, [](const std::vector<double>& values) {
    Series series(values);
    std::vector<double> sorted = numbers_of(values);
    std::sort(sorted.begin(), sorted.end());
    const std::size_t n = values.size();
    const bool none = n == 0 || any_nan(values);
    EXPECT_TRUE(same(series.minimum(), none ? nan : sorted.front()));
    EXPECT_TRUE(same(series.maximum(), none ? nan : sorted.back()));
    EXPECT_TRUE(same(series.median(), none ? nan : (sorted[(n - 1) / 2] + sorted[n / 2]) / 2));
    EXPECT_TRUE(std::equal(sorted.begin(), sorted.end(), series.sorted_numbers().begin(),
                           series.sorted_numbers().end()));
  });
}

TEST(MomentsTest, skewness_is_G1_and_NaN_for_fewer_than_three_values_and_beside_a_NaN) {
  for_each_series(all_series(), 300, [](const std::vector<double>& values) {
    Series series(values);
    const auto n = static_cast<long double>(values.size());
    const long double mean = mean_power(values, 0, 1);
    const long double g1 = mean_power(values, mean, 3) / std::pow(mean_power(values, mean, 2), 1.5L);
    const bool equal = !values.empty() && series.minimum() == series.maximum();
    const long double expected = n < 3 ? nan : equal ? 0 : std::sqrt(n * (n - 1)) / (n - 2) * g1;
    EXPECT_TRUE(same(skewness(values, series.mean()), static_cast<double>(expected), 1e-3));
  });
}

TEST(MomentsTest, kurtosis_is_G2_of_what_is_no_NaN) {
  for_each_series(all_series(), 300, [](const std::vector<double>& all) {
    const std::vector<double> values = numbers_of(all);
    const auto n = static_cast<long double>(values.size());
    const long double mean = mean_power(values, 0, 1), square = mean_power(values, mean, 2);
    const long double g2 = mean_power(values, mean, 4) / (square * square) - 3;
    const bool equal = std::count(values.begin(), values.end(), 2.5) == std::ssize(values);
    const long double expected = n < 4 ? nan : equal ? 0 : (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * g2 + 6);
    EXPECT_TRUE(same(kurtosis(all), static_cast<double>(expected), 1e-3));
  });
}

TEST(MomentsTest, sums_that_rounding_leaves_are_zero_as_in_pandas) {
  const std::vector<double> tiny{1e-9, 2e-9, 4e-9, 9e-9, -3e-9};
  EXPECT_EQ(skewness(tiny, 2.6e-9), 0);
  EXPECT_EQ(kurtosis(tiny), 0);
}

TEST(MomentsTest, the_variation_coefficient_of_mean_zero_is_NaN) {
  EXPECT_EQ(variation_coefficient(2, 3), 1.5);
  EXPECT_EQ(variation_coefficient(-2, 3), -1.5);
  EXPECT_TRUE(std::isnan(variation_coefficient(0, 3)));
  EXPECT_TRUE(std::isnan(variation_coefficient(nan, nan)));
}

TEST(MomentsTest, the_mean_of_the_largest_sizes_needs_more_values_than_these) {
  for_each_series(all_series(), 300, [](const std::vector<double>& values) {
    std::vector<double> sizes;
    for (const double value : values) sizes.push_back(std::abs(value));
    for (const std::size_t count : {1, 7, 30}) {
      std::sort(sizes.begin(), sizes.end(), [](double a, double b) {
        return std::isnan(a) < std::isnan(b) || (!std::isnan(b) && a < b);
      });
      double sum = 0;
      for (std::size_t i = 0; i < count && i < sizes.size(); ++i) sum += sizes[sizes.size() - 1 - i];
      const double expected = values.size() > count ? sum / static_cast<double>(count) : nan;
      EXPECT_TRUE(same(mean_n_absolute_max(values, count), expected));
    }
  });
}

}  // namespace
}  // namespace mproc::kernels::fresh
