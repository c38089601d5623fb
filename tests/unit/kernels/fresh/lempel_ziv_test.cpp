#include "mproc/kernels/fresh/lempel_ziv.hpp"

#include <gtest/gtest.h>

#include <set>

#include "random_series.hpp"
#include "unit/kernels/fresh/some_series.hpp"

namespace mproc::kernels::fresh {
namespace {

double complexity_of(std::span<const double> values, std::size_t bins) {
  double minimum = INFINITY, maximum = -INFINITY;
  for (const double value : values) {
    minimum = std::isnan(value) || std::isnan(minimum) ? std::nan("") : std::min(minimum, value);
    maximum = std::isnan(value) || std::isnan(maximum) ? std::nan("") : std::max(maximum, value);
  }
  return lempel_ziv_complexity(values, minimum, maximum, bins);
}

double by_definition(const std::vector<double>& values, std::size_t bins) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const double width = (*high - *low) / static_cast<double>(bins);
  std::set<std::vector<std::size_t>> phrases;
  std::vector<std::size_t> phrase;
  for (const double value : values) {
    std::size_t symbol = 0;
    for (std::size_t k = 1; k < bins; ++k) symbol += *low + static_cast<double>(k) * width < value;
    phrase.push_back(symbol);
    if (phrases.insert(phrase).second) phrase.clear();
  }
  return static_cast<double>(phrases.size()) / static_cast<double>(values.size());
}

TEST(LempelZivTest, phrases_are_those_of_the_definition) {
  for_each_length([](std::size_t n) {
    for (const std::size_t bins : {1, 2, 3, 5, 10, 100})
      for (const auto& values : {noise(n), ties(n, 1), ties(n, 10)})
        ASSERT_EQ(complexity_of(values, bins), by_definition(values, bins)) << bins << " bins";
  });
}

TEST(LempelZivTest, an_edge_belongs_to_the_bin_below) {
  // Below the edge 2: phrases 0, 00, 001; above, they were 0, 1, 00, 01.
  EXPECT_EQ(complexity_of(std::vector<double>{0, 2, 0, 0, 0, 4}, 2), 0.5);
}

TEST(LempelZivTest, a_series_of_one_symbol_has_phrases_of_growing_length) {
  EXPECT_EQ(complexity_of(std::vector<double>(10, 5), 3), 0.4);
  std::vector<double> values(10, 5);
  values[3] = std::nan("");
  EXPECT_EQ(complexity_of(values, 3), 0.4);
  values[3] = INFINITY;
  EXPECT_EQ(complexity_of(values, 3), 0.4);
}

TEST(LempelZivTest, there_is_none_without_values_or_bins) {
  EXPECT_TRUE(std::isnan(complexity_of({}, 3)));
  EXPECT_TRUE(std::isnan(complexity_of(noise(3), 0)));
}

TEST(LempelZivTest, awkward_series_do_no_harm) {
  for (const auto& values : awkward_series())
    for (const std::size_t bins : {1, 2, 10, 1000}) {
      const double complexity = complexity_of(values, bins);
      EXPECT_TRUE(values.empty() || (complexity > 0 && complexity <= 1));
    }
}

}  // namespace
}  // namespace mproc::kernels::fresh
