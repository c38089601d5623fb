#include "mproc/run/waiter.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "mproc/base/time.hpp"

namespace mproc::run {
namespace {

using base::Rank;

/// A channel that says what the test says.
struct Peers : comm::Channel {
  Rank self() const override { return base::central_rank; }
  int size() const override { return 3; }
  void send(Rank, base::Bytes, base::SharedBytes) override {}
  std::optional<comm::Message> receive() override { return std::nullopt; }
  bool busy() const override { return is_busy; }
  bool rings(Rank) const override { return they_ring; }
  std::optional<int> local_pid(Rank) const override { return std::nullopt; }
  void forget(Rank) override {}
  bool is_busy = false, they_ring = true;
};

class WaiterTest : public ::testing::Test {
 protected:
  /// Seconds of wall time that `rests` rests take.
  double seconds(int rests, bool worked = false) {
    const std::int64_t start = base::monotonic_ns();
    for (int i = 0; i < rests; ++i) waiter_.rest(worked, {Rank{1}, Rank{2}});
    return static_cast<double>(base::monotonic_ns() - start) / 1e9;
  }
  base::Doorbell bell_;
  Peers channel_;
  Waiter waiter_{bell_, channel_};
};

TEST_F(WaiterTest, does_not_wait_after_work) {
  waiter_.look();
  EXPECT_LT(seconds(1000, true), 5);
}

TEST_F(WaiterTest, does_not_sleep_when_the_bell_rang_since_it_looked) {
  waiter_.look();
  bell_.ring();
  EXPECT_LT(seconds(1000), 5);  // each sleep would be a tenth of a second
}

TEST_F(WaiterTest, sleeps_where_every_peer_rings) {
  waiter_.look();
  EXPECT_GE(seconds(1), 0.05);
}

TEST_F(WaiterTest, only_naps_where_a_peer_does_not_ring) {
  channel_.they_ring = false;
  waiter_.look();
  EXPECT_LT(seconds(1000), 30);
}

TEST_F(WaiterTest, only_naps_while_a_message_is_under_way) {
  channel_.is_busy = true;
  waiter_.look();
  EXPECT_LT(seconds(1000), 30);
}

TEST_F(WaiterTest, costs_little_when_it_has_been_idle_for_long) {
  channel_.they_ring = false;
  waiter_.look();
  seconds(100);
  const auto cpu = [] {
    timespec t{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
  };
  const double before = cpu();
  const double wall = seconds(300);
  EXPECT_LT(cpu() - before, 0.2 * wall);
}

}  // namespace
}  // namespace mproc::run
