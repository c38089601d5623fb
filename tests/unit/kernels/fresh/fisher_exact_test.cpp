#include "mproc/kernels/fresh/fisher_exact.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace mproc::kernels::fresh {
namespace {

std::uint64_t choose(std::uint64_t n, std::uint64_t k) {
  std::uint64_t ways = 1;
  for (std::uint64_t i = 1; i <= k; ++i) ways = ways * (n - k + i) / i;
  return ways;
}

// By the number of ways to each table with the margins of this one: whole numbers, so that ties are exact.
double by_enumeration(std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d) {
  const auto ways = [&](std::uint64_t k) { return choose(a + b, k) * choose(c + d, a + c - k); };
  std::uint64_t as_improbable = 0, all = 0;
  for (std::uint64_t k = 0; k <= a + c; ++k) {
    if (k > a + b || a + c - k > c + d) continue;
    all += ways(k);
    if (ways(k) <= ways(a)) as_improbable += ways(k);
  }
  return static_cast<double>(as_improbable) / static_cast<double>(all);
}

TEST(FisherExactTest, is_the_share_of_tables_that_are_no_more_probable) {
  for (std::uint64_t a = 0; a < 8; ++a)
    for (std::uint64_t b = 0; b < 8; ++b)
      for (std::uint64_t c = 0; c < 8; ++c)
        for (std::uint64_t d = 0; d < 8; ++d)
          ASSERT_DOUBLE_EQ(fisher_exact(a, b, c, d), by_enumeration(a, b, c, d)) << a << b << c << d;
}

TEST(FisherExactTest, a_table_with_nothing_in_a_margin_says_nothing) {
  EXPECT_EQ(fisher_exact(0, 0, 3, 900), 1);
  EXPECT_EQ(fisher_exact(5, 0, 8, 0), 1);
  EXPECT_EQ(fisher_exact(0, 0, 0, 0), 1);
}

TEST(FisherExactTest, equally_probable_tables_count_on_both_sides) {
  for (const std::uint64_t n : {10, 1000, 100000})
    EXPECT_NEAR(fisher_exact(n + 3, n - 3, n - 3, n + 3) / fisher_exact(n - 3, n + 3, n + 3, n - 3), 1,
                1e-15);
  EXPECT_EQ(fisher_exact(500, 500, 500, 500), 1);
}

// SciPy 1.10.
TEST(FisherExactTest, keeps_its_accuracy_in_large_tables_and_far_tails) {
  EXPECT_NEAR(fisher_exact(1176, 1214, 8824, 8786) / 0.4199229253705696, 1, 1e-13);
  EXPECT_NEAR(fisher_exact(67, 16, 119, 162) / 3.920626281077254e-10, 1, 1e-13);
  EXPECT_NEAR(fisher_exact(500, 0, 0, 500) / 7.399507995628049e-300, 1, 1e-12);
  EXPECT_EQ(fisher_exact(1000000, 0, 0, 1000000), 0);
}

}  // namespace
}  // namespace mproc::kernels::fresh
