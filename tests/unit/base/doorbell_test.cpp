#include "mproc/base/doorbell.hpp"

#include <gtest/gtest.h>

#include <new>

#include "mproc/base/shared_memory.hpp"
#include "mproc/base/time.hpp"
#include "support/process.hpp"

namespace mproc::base {
namespace {

using namespace std::chrono_literals;
using testing::Child;

/// How long wait() took.
std::chrono::nanoseconds waited(Doorbell& bell, std::uint32_t seen, std::chrono::nanoseconds timeout) {
  const std::int64_t start = monotonic_ns();
  bell.wait(seen, timeout);
  return std::chrono::nanoseconds(monotonic_ns() - start);
}

class SharedDoorbell : public ::testing::Test {
 protected:
  SharedMemory memory_ = SharedMemory::create("doorbells", 4096);
  Doorbell* bells_ = new (memory_.data()) Doorbell[2];
};

TEST(Doorbell, a_ring_before_the_wait_makes_it_return_at_once) {
  Doorbell bell;
  const auto seen = bell.count();
  bell.ring();
  EXPECT_LT(waited(bell, seen, 60s), 30s);
}

TEST(Doorbell, counts_rings) {
  Doorbell bell;
  const auto seen = bell.count();
  bell.ring();
  bell.ring();
  EXPECT_EQ(bell.count(), seen + 2);
}

TEST(Doorbell, returns_after_the_timeout_when_nobody_rings) {
  Doorbell bell;
  EXPECT_GE(waited(bell, bell.count(), 20ms), 20ms);
  EXPECT_LT(waited(bell, bell.count(), 0ns), 30s);
}

TEST_F(SharedDoorbell, wakes_a_sleeper_in_another_process) {
  Doorbell& bell = bells_[0];
  Child sleeper([&] { return waited(bell, bell.count(), 60s) < 30s ? 0 : 1; });
  // It sleeps nowhere else.
  ASSERT_TRUE(testing::eventually([&] { return testing::state_of(sleeper.pid()) == 'S'; }));
  bell.ring();
  EXPECT_EQ(sleeper.wait(), 0);
}

TEST_F(SharedDoorbell, no_ring_is_lost_between_two_processes_that_answer_each_other) {
  constexpr int rounds = 3'000;
  const auto answer = [&](Doorbell& mine, Doorbell& other, bool first) {
    std::uint32_t seen = 0;
    if (first) other.ring();
    for (int i = 0; i < rounds; ++i) {
      while (mine.count() == seen)
        if (waited(mine, seen, 20s) > 10s) return 1;
      ++seen;
      other.ring();
    }
    return 0;
  };
  Child other([&] { return answer(bells_[1], bells_[0], false); });
  EXPECT_EQ(answer(bells_[0], bells_[1], true), 0);
  EXPECT_EQ(other.wait(), 0);
}

}  // namespace
}  // namespace mproc::base
