#include "mproc/kernels/crossval/random.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <vector>

namespace mproc::kernels::crossval {
namespace {

// mt19937_64 and seed_seq are fixed by the standard, the draws by us: these are the numbers on any machine.
TEST(CrossvalRandomTest, gives_the_same_numbers_on_any_machine) {
  Random random(42, Random::Purpose::splits, 0);
  std::vector<std::uint64_t> drawn;
  for (int i = 0; i < 8; ++i) drawn.push_back(random.below(1000));
  EXPECT_THAT(drawn, ::testing::ElementsAre(286, 878, 23, 340, 864, 551, 320, 826));
  std::vector<int> order(10);
  std::iota(order.begin(), order.end(), 0);
  Random(42, Random::Purpose::splits, 1).shuffle(order);
  EXPECT_THAT(order, ::testing::ElementsAre(7, 0, 9, 5, 1, 3, 8, 4, 2, 6));
}

TEST(CrossvalRandomTest, seed_purpose_and_number_each_give_other_numbers) {
  const std::uint64_t first = Random(42, Random::Purpose::splits, 0).word();
  EXPECT_NE(first, Random(43, Random::Purpose::splits, 0).word());
  EXPECT_NE(first, Random(42 + (std::uint64_t{1} << 32), Random::Purpose::splits, 0).word());
  EXPECT_NE(first, Random(42, Random::Purpose::candidates, 0).word());
  EXPECT_NE(first, Random(42, Random::Purpose::splits, 1).word());
}

// chi-squared of 6 orders over 60,000 shuffles: 20.5 is exceeded by chance once in 1,000.
TEST(CrossvalRandomTest, every_order_is_equally_likely) {
  Random random(1, Random::Purpose::splits, 0);
  std::array<int, 27> seen{};
  for (int i = 0; i < 60'000; ++i) {
    std::vector<int> order{0, 1, 2};
    random.shuffle(order);
    ++seen[static_cast<std::size_t>(order[0] * 9 + order[1] * 3 + order[2])];
  }
  double chi_squared = 0;
  int orders = 0;
  for (const int count : seen) {
    if (count == 0) continue;
    ++orders;
    chi_squared += (count - 10'000.0) * (count - 10'000.0) / 10'000.0;
  }
  EXPECT_EQ(orders, 6);
  EXPECT_LT(chi_squared, 20.5);
}

// Of 3/4 of 2^64 the plain product would give the numbers of one third twice as often as the others.
TEST(CrossvalRandomTest, draws_below_large_bounds_are_not_biased) {
  Random random(1, Random::Purpose::splits, 0);
  const std::uint64_t third = std::uint64_t{1} << 62;
  std::array<int, 3> seen{};
  for (int i = 0; i < 30'000; ++i) ++seen.at(random.below(3 * third) % 3);
  for (const int count : seen) EXPECT_NEAR(count, 10'000, 400);
}

}  // namespace
}  // namespace mproc::kernels::crossval
