#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "mproc/exec/task_loop.hpp"
#include "support/random_bytes.hpp"

namespace mproc::exec {
namespace {

TEST(Claim, gives_each_position_once_in_order) {
  Claim claim;
  claim.open(3);
  EXPECT_FALSE(claim.started());
  std::uint32_t position = 99;
  for (std::uint32_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(claim.claim(position));
    EXPECT_EQ(position, i);
  }
  EXPECT_FALSE(claim.claim(position));
  EXPECT_TRUE(claim.started());
  EXPECT_EQ(claim.claimed(), 3u);
}

TEST(Claim, gives_back_what_is_not_claimed_from_a_position_on) {
  Claim claim;
  claim.open(10);
  std::uint32_t position = 0;
  claim.claim(position);
  claim.claim(position);
  EXPECT_EQ(claim.take_back(6), 6u);
  EXPECT_EQ(claim.take_back(8), 6u) << "what is gone does not come back";
  EXPECT_EQ(claim.take_back(0), 2u) << "what is claimed stays";
  EXPECT_FALSE(claim.claim(position));
}

TEST(Claim, of_no_tasks_gives_none) {
  Claim claim;
  claim.open(0);
  std::uint32_t position = 0;
  EXPECT_FALSE(claim.claim(position));
  EXPECT_EQ(claim.take_back(0), 0u);
}

TEST(Claim, can_be_opened_again) {
  Claim claim;
  claim.open(1);
  std::uint32_t position = 5;
  claim.claim(position);
  claim.open(2);
  EXPECT_FALSE(claim.started());
  ASSERT_TRUE(claim.claim(position));
  EXPECT_EQ(position, 0u);
}

TEST(Claim, every_position_is_claimed_or_taken_back_and_never_both) {
  testing::Random random(1);
  for (int round = 0; round < 300; ++round) {
    constexpr std::uint32_t count = 1000;
    Claim claim;
    claim.open(count);
    std::atomic<bool> go = false;
    std::vector<std::uint32_t> claimed;
    std::thread executor([&] {
      while (!go) {
      }
      for (std::uint32_t position = 0; claim.claim(position);) claimed.push_back(position);
    });
    std::uint32_t end = count;
    go = true;
    for (int i = 0; i < 5; ++i) {
      const auto keep = static_cast<std::uint32_t>(testing::below(random, count));
      const std::uint32_t new_end = claim.take_back(keep);
      EXPECT_LE(new_end, end);
      end = new_end;
    }
    executor.join();
    ASSERT_EQ(claimed.size(), end);
    for (std::uint32_t i = 0; i < end; ++i) ASSERT_EQ(claimed[i], i);
  }
}

}  // namespace
}  // namespace mproc::exec
