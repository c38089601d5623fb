#include "mproc/kernels/fresh/changes.hpp"

#include "mproc/kernels/fresh/series.hpp"
#include "random_series.hpp"

namespace mproc::kernels::fresh {
namespace {

TEST(ChangesTest, sums_and_means_of_changes_are_their_formulas) {
  for_each_series(all_series(), 300, [](const std::vector<double>& values) {
    Series series(values);
    const std::size_t n = values.size();
    long double sizes = 0, squares = 0, bends = 0;
    for (std::size_t i = 1; i < n; ++i) {
      const long double change = values[i] - static_cast<long double>(values[i - 1]);
      sizes += std::abs(change);
      squares += change * change;
    }
    const auto steps = static_cast<long double>(n) - 1;
    for (std::size_t i = 2; i < n; ++i) bends += (values[i] - 2.0L * values[i - 1] + values[i - 2]) / 2;
    EXPECT_TRUE(same(absolute_sum_of_changes(series.changes()), static_cast<double>(sizes)));
    EXPECT_TRUE(same(mean_abs_change(series.changes()), n < 2 ? nan : static_cast<double>(sizes / steps)));
    EXPECT_TRUE(same(cid_ce(series.changes()), static_cast<double>(std::sqrt(squares))));
    EXPECT_TRUE(
        same(mean_change(values), n < 2 ? nan : (values[n - 1] - values[0]) / static_cast<double>(n - 1)));
    // Infinite and undefined values in the middle do not show in what cancels.
    if (std::isfinite(bends)) {
      EXPECT_TRUE(same(mean_second_derivative_central(values),
                       n < 3 ? nan : static_cast<double>(bends / (steps - 1)), 10));
    }
  });
}

TEST(ChangesTest, complexity_of_scaled_values_is_that_over_the_deviation) {
  for_each_series(finite_series(), 300, [](const std::vector<double>& values) {
    Series series(values);
    const double complexity = normalized_cid_ce(values, series.mean(), series.deviation());
    const bool constant = values.size() < 2 || series.minimum() == series.maximum();
    EXPECT_TRUE(same(complexity, constant ? 0 : cid_ce(series.changes()) / series.deviation(), 1e-3));
  });
}

TEST(ChangesTest, products_over_lags_are_means_of_what_three_values_give) {
  for_each_series(all_series(), 300, [](const std::vector<double>& values) {
    for (const std::size_t lag : {0, 1, 2, 3, 40}) {
      const std::size_t n = values.size();
      long double products = 0, asymmetries = 0, scale = 0, terms = 0;
      for (std::size_t i = 0; i + 2 * lag < n; ++i, ++terms) {
        const long double a = values[i], b = values[i + lag], c = values[i + 2 * lag];
        products += a * b * c;
        asymmetries += c * c * b - b * a * a;
        scale += std::abs(c * c * b) + std::abs(b * a * a);
      }
      const double none = 2 * lag >= n ? 0 : nan;
      const double about = std::isfinite(scale) ? 1e-3 * static_cast<double>(scale / terms) : 0;
      EXPECT_TRUE(same(c3(values, lag), terms > 0 ? static_cast<double>(products / terms) : none, about));
      EXPECT_TRUE(same(time_reversal_asymmetry_statistic(values, lag),
                       terms > 0 ? static_cast<double>(asymmetries / terms) : none, about));
    }
  });
}

TEST(ChangesTest, lags_of_any_size_are_too_long_and_no_overflow) {
  const std::vector<double> values{1, 2, 3};
  EXPECT_EQ(c3(values, SIZE_MAX / 2 + 2), 0);
  EXPECT_EQ(time_reversal_asymmetry_statistic(values, SIZE_MAX / 2 + 2), 0);
}

}  // namespace
}  // namespace mproc::kernels::fresh
