#include "mproc/kernels/fresh/quantiles.hpp"

#include <algorithm>
#include <functional>

#include "mproc/kernels/fresh/series.hpp"
#include "random_series.hpp"

namespace mproc::kernels::fresh {
namespace {

constexpr double shares[] = {0, 0.1, 0.25, 0.4, 0.5, 0.75, 0.9, 1};

double quantile_naively(std::vector<double> values, double q) {
  if (values.empty()) return nan;
  std::sort(values.begin(), values.end());
  const double at = q * static_cast<double>(values.size() - 1);
  const double below = values[static_cast<std::size_t>(std::floor(at))];
  const double above = values[static_cast<std::size_t>(std::ceil(at))];
  return below + (above - below) * (at - std::floor(at));
}

TEST(QuantilesTest, quantiles_are_linear_between_sorted_values) {
  for_each_series(finite_series(), 300, [](const std::vector<double>& values) {
    Series series(values);
    for (const double q : shares)
      EXPECT_TRUE(same(quantile(series.sorted(), q), quantile_naively(values, q), 1));
  });
  Series with_nan;
  const std::vector<double> values{1, nan, 2};
  with_nan.assign(values);
  EXPECT_TRUE(std::isnan(quantile(with_nan.sorted(), 0)));
}

TEST(QuantilesTest, their_last_bit_is_NumPys) {
  const std::vector<double> values{0.1, 0.7};
  EXPECT_EQ(quantile(values, 0.3), 0.1 + (0.7 - 0.1) * 0.3);
  EXPECT_EQ(quantile(values, 0.8), 0.7 - (0.7 - 0.1) * (1 - 0.8));
}

TEST(QuantilesTest, mass_quantiles_are_the_first_places_with_that_share_of_the_sum) {
  for_each_series(all_series(), 300, [](const std::vector<double>& values) {
    std::vector<double> places(std::size(shares));
    index_mass_quantile(values, shares, places);
    double total = 0;
    for (const double value : values) total += std::abs(value);
    for (std::size_t k = 0; k < places.size(); ++k) {
      std::size_t i = 0;
      double sum = 0;
      for (; i < values.size(); ++i)
        if ((sum += std::abs(values[i])) / total >= shares[k]) break;
      const std::size_t first = i == values.size() ? 0 : i;  // where none is found, NumPy's argmax is 0
      const double expected =
          total == 0 ? nan : static_cast<double>(first + 1) / static_cast<double>(values.size());
      EXPECT_TRUE(same(places[k], expected)) << shares[k];
    }
  });
}

std::vector<double> changes_inside(const std::vector<double>& values, double low, double high, bool isabs) {
  std::vector<double> found;
  for (std::size_t i = 1; i < values.size(); ++i) {
    const double a = values[i - 1], b = values[i];
    if (low <= a && a <= high && low <= b && b <= high) found.push_back(isabs ? std::abs(b - a) : b - a);
  }
  return found;
}

TEST(QuantilesTest, changes_count_that_start_and_end_in_the_corridor) {
  std::vector<Corridor> corridors;
  for (const double ql : {0.0, 0.2, 0.6, 0.8})
    for (const double qh : {0.4, 0.8, 1.0})
      for (const bool isabs : {false, true})
        for (const Aggregate f_agg : {Aggregate::mean, Aggregate::variance, Aggregate::maximum})
          corridors.push_back({ql, qh, isabs, f_agg});
  auto kinds = finite_series();
  kinds.push_back({"with NaNs", draw::with_nans});
  for_each_series(kinds, 300, [&corridors](const std::vector<double>& values) {
    Series series(values);
    std::vector<double> results(corridors.size());
    change_quantiles(values, series.changes(), series.sorted_numbers(), corridors, results);
    std::vector<double> numbers = values;
    std::erase_if(numbers, [](double value) { return std::isnan(value); });
    std::sort(numbers.begin(), numbers.end());
    for (std::size_t k = 0; k < corridors.size(); ++k) {
      const Corridor& corridor = corridors[k];
      const auto changes = changes_inside(values, quantile(numbers, corridor.ql),
                                          quantile(numbers, corridor.qh), corridor.isabs);
      double expected =
          changes.empty() || corridor.ql >= corridor.qh ? 0 : aggregate(changes, corridor.f_agg);
      if (series.sorted_numbers().empty()) expected = nan;
      EXPECT_TRUE(same(results[k], expected, 1e-3)) << corridor.ql << " to " << corridor.qh;
    }
  });
}

TEST(QuantilesTest, a_corridor_that_infinity_leaves_undefined_has_no_upper_bound) {
  const std::vector<double> values{1, 2, 3, infinity, 2, 1};
  Series series(values);
  const std::vector<Corridor> corridors{{0, 1, false, Aggregate::maximum}, {0, 0.5, true, Aggregate::mean}};
  std::vector<double> results(2);
  change_quantiles(values, series.changes(), series.sorted_numbers(), corridors, results);
  EXPECT_EQ(results[0], infinity);
  EXPECT_EQ(results[1], 1);
}

TEST(AggregateTest, each_is_its_formula_and_NaN_for_none_or_beside_a_NaN) {
  for_each_series(all_series(), 300, [](const std::vector<double>& values) {
    Series series(values);
    EXPECT_TRUE(same(aggregate(values, Aggregate::mean), series.mean()));
    EXPECT_TRUE(same(aggregate(values, Aggregate::median), series.median()));
    EXPECT_TRUE(same(aggregate(values, Aggregate::variance), series.variance()));
    EXPECT_TRUE(same(aggregate(values, Aggregate::deviation), series.deviation()));
    EXPECT_TRUE(same(aggregate(values, Aggregate::minimum), series.minimum()));
    EXPECT_TRUE(same(aggregate(values, Aggregate::maximum), series.maximum()));
  });
}

TEST(QuantilesTest, symmetry_and_large_deviation_are_strict) {
  EXPECT_FALSE(symmetry_looking(1, 1, 5, 0));
  EXPECT_TRUE(symmetry_looking(1, 1.25, 5, 0.1));
  EXPECT_FALSE(symmetry_looking(1, 2, 5, 0.1));
  EXPECT_TRUE(large_standard_deviation(2, 4, 0.25));
  EXPECT_FALSE(large_standard_deviation(1, 4, 0.25));
}

}  // namespace
}  // namespace mproc::kernels::fresh
