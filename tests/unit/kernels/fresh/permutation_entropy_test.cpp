#include "mproc/kernels/fresh/permutation_entropy.hpp"

#include <gtest/gtest.h>

#include <map>
#include <numeric>

#include "random_series.hpp"
#include "unit/kernels/fresh/some_series.hpp"

namespace mproc::kernels::fresh {
namespace {

std::vector<double> entropies_of(std::span<const double> values, std::size_t tau,
                                 const std::vector<std::size_t>& dimensions) {
  std::vector<double> entropies(dimensions.size());
  permutation_entropy(values, tau, dimensions, entropies);
  return entropies;
}

double by_definition(const std::vector<double>& values, std::size_t tau, std::size_t dimension) {
  std::map<std::vector<std::size_t>, double> orders;
  double windows = 0, entropy = 0;
  for (std::size_t begin = 0; begin + dimension <= values.size(); begin += tau, ++windows) {
    std::vector<std::size_t> order(dimension);
    std::iota(order.begin(), order.end(), begin);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return values[a] < values[b] || (!std::isnan(values[a]) && std::isnan(values[b]));
    });
    for (std::size_t& place : order) place -= begin;
    ++orders[order];
  }
  for (const auto& [order, count] : orders) entropy -= count / windows * std::log(count / windows);
  return entropy;
}

TEST(PermutationEntropyTest, orders_are_those_of_the_definition) {
  const std::vector<std::size_t> dimensions{2, 3, 4, 5, 6, 7, 12, 24, 40};
  for (const std::size_t tau : {1, 2, 5})
    for (auto values : {noise(300), ties(300, 2), ties(90, 4)}) {
      for (const bool gaps : {false, true}) {
        if (gaps) values[17] = values[18] = values[40] = std::nan("");
        const auto entropies = entropies_of(values, tau, dimensions);
        for (std::size_t k = 0; k < dimensions.size(); ++k)
          ASSERT_NEAR(entropies[k], by_definition(values, tau, dimensions[k]), 1e-12)
              << dimensions[k] << ", tau " << tau;
      }
    }
}

TEST(PermutationEntropyTest, entropies_are_those_of_the_definition_for_every_length) {
  for_each_length([](std::size_t n) {
    for (const auto& values : {noise(n), ties(n, 3)}) {
      const auto entropies = entropies_of(values, 1, {3, 4, 5, 6, 7});
      for (std::size_t k = 0; k < entropies.size(); ++k)
        EXPECT_TRUE(same(entropies[k], n < k + 3 ? nan : by_definition(values, 1, k + 3), 1e-3)) << k + 3;
    }
  });
}

TEST(PermutationEntropyTest, dimensions_come_in_any_order_and_more_than_once) {
  const auto values = noise(100);
  const auto entropies = entropies_of(values, 1, {5, 3, 5, 200, 4});
  EXPECT_EQ(entropies[0], entropies_of(values, 1, {5})[0]);
  EXPECT_EQ(entropies[1], entropies_of(values, 1, {3})[0]);
  EXPECT_EQ(entropies[2], entropies[0]);
  EXPECT_TRUE(std::isnan(entropies[3]));
  EXPECT_EQ(entropies[4], entropies_of(values, 1, {4})[0]);
}

TEST(PermutationEntropyTest, there_is_none_without_a_window) {
  EXPECT_TRUE(std::isnan(entropies_of(noise(4), 1, {5})[0]));
  EXPECT_EQ(entropies_of(noise(5), 1, {5})[0], 0);
  EXPECT_TRUE(std::isnan(entropies_of(noise(5), 1, {1})[0]));
  EXPECT_TRUE(std::isnan(entropies_of(noise(5), 0, {3})[0]));
}

TEST(PermutationEntropyTest, awkward_series_do_no_harm) {
  for (const auto& values : awkward_series())
    for (const double entropy : entropies_of(values, 1, {0, 3, 7, 40, 1000}))
      EXPECT_TRUE(std::isnan(entropy) ||
                  (entropy >= -1e-12 && entropy <= std::log(static_cast<double>(values.size()))));
}

}  // namespace
}  // namespace mproc::kernels::fresh
