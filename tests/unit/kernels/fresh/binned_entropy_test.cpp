#include "mproc/kernels/fresh/binned_entropy.hpp"

#include <gtest/gtest.h>

#include "random_series.hpp"
#include "unit/kernels/fresh/some_series.hpp"

namespace mproc::kernels::fresh {
namespace {

double entropy_of(const std::vector<double>& shares) {
  double entropy = 0;
  for (const double share : shares) entropy -= share * std::log(share);
  return entropy;
}

TEST(BinnedEntropyTest, shares_of_bins_count) {
  const std::vector<double> values{0, 1, 1, 2, 2, 2, 9, 10};
  EXPECT_DOUBLE_EQ(binned_entropy(values, 2), entropy_of({0.75, 0.25}));
  EXPECT_DOUBLE_EQ(binned_entropy(values, 5), entropy_of({0.375, 0.375, 0.25}));
  EXPECT_DOUBLE_EQ(binned_entropy(values, 1), 0);
}

TEST(BinnedEntropyTest, bins_are_those_of_the_definition_for_every_length) {
  for_each_length([](std::size_t n) {
    for (const auto& values : {noise(n), ties(n, 12)}) {
      const auto [low, high] = std::minmax_element(values.begin(), values.end());
      for (const std::size_t bins : {2, 3, 5, 10, 100}) {
        std::vector<double> shares(bins);
        for (const double value : values) {
          std::size_t bin = 0;
          while (bin + 1 < bins &&
                 value >= static_cast<double>(bin + 1) * ((*high - *low) / static_cast<double>(bins)) + *low)
            ++bin;
          shares[*low == *high ? 0 : bin] += 1 / static_cast<double>(n);
        }
        std::erase(shares, 0);
        EXPECT_NEAR(binned_entropy(values, bins), entropy_of(shares), 1e-12) << bins;
      }
    }
  });
}

TEST(BinnedEntropyTest, a_value_on_an_edge_is_above_it_and_the_largest_is_in_the_last_bin) {
  EXPECT_DOUBLE_EQ(binned_entropy(std::vector<double>{0, 1, 2, 3, 4}, 4), entropy_of({0.2, 0.2, 0.2, 0.4}));
  // 49 * (2 / 98) is less than 1.
  EXPECT_DOUBLE_EQ(binned_entropy(std::vector<double>{0, 49, 98, 98}, 2), entropy_of({0.25, 0.75}));
  // 0.3, the third edge, is NumPy's 3 * 0.1 = 0.30000000000000004.
  EXPECT_DOUBLE_EQ(binned_entropy(std::vector<double>{0, 0.25, 0.3, 1}, 10), entropy_of({0.25, 0.5, 0.25}));
}

// There are fewer numbers between them than edges, and their scale is more than a double holds.
TEST(BinnedEntropyTest, denormal_numbers_are_held_against_their_edges) {
  for (const std::size_t bins : {3, 10, 1000}) {
    EXPECT_DOUBLE_EQ(binned_entropy(std::vector<double>{0, 5e-324}, bins), entropy_of({0.5, 0.5})) << bins;
    EXPECT_DOUBLE_EQ(binned_entropy(std::vector<double>{1e-320, 0, 2e-320, 0}, bins),
                     entropy_of({0.5, 0.25, 0.25}))
        << bins;
  }
}

TEST(BinnedEntropyTest, there_is_none_without_finite_values_or_bins) {
  EXPECT_EQ(binned_entropy(std::vector<double>(9, 4), 10), 0);
  EXPECT_TRUE(std::isnan(binned_entropy({}, 10)));
  EXPECT_TRUE(std::isnan(binned_entropy(noise(9), 0)));
  EXPECT_TRUE(std::isnan(binned_entropy(std::vector<double>{1, std::nan(""), 2}, 10)));
  EXPECT_TRUE(std::isnan(binned_entropy(std::vector<double>{1, INFINITY, 2}, 10)));
}

TEST(BinnedEntropyTest, awkward_series_do_no_harm) {
  for (const auto& values : awkward_series())
    for (const std::size_t bins : {0, 1, 2, 10, 1000}) {
      const double entropy = binned_entropy(values, bins);
      EXPECT_TRUE(std::isnan(entropy) ||
                  (entropy >= 0 && entropy <= std::log(static_cast<double>(bins)) + 1e-12));
    }
}

}  // namespace
}  // namespace mproc::kernels::fresh
