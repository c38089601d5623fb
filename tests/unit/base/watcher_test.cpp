#include "mproc/base/watcher.hpp"

#include <gtest/gtest.h>

#include <atomic>

#include "mproc/base/error.hpp"
#include "support/process.hpp"
#include "support/sockets.hpp"

namespace mproc::base {
namespace {

using testing::Child;
using testing::eventually;
using testing::forever;
using testing::socket_pair;

TEST(Watcher, wakes_when_a_socket_becomes_readable) {
  std::atomic<int> wakes = 0;
  auto [ours, theirs] = socket_pair();
  Watcher watcher([&] { ++wakes; });
  watcher.add(ours.get());
  EXPECT_FALSE(watcher.fired());
  ASSERT_EQ(::write(theirs.get(), "x", 1), 1);
  EXPECT_TRUE(eventually([&] { return wakes > 0; }));
  EXPECT_TRUE(watcher.fired());
  EXPECT_FALSE(watcher.fired());
}

TEST(Watcher, wakes_again_for_what_comes_after_all_was_read) {
  std::atomic<int> wakes = 0;
  auto [ours, theirs] = socket_pair();
  Watcher watcher([&] { ++wakes; });
  watcher.add(ours.get());
  for (int round = 1; round <= 3; ++round) {
    ASSERT_EQ(::write(theirs.get(), "x", 1), 1);
    EXPECT_TRUE(eventually([&] { return wakes >= round; })) << round;
    char c = 0;
    ASSERT_EQ(::read(ours.get(), &c, 1), 1);
  }
}

TEST(Watcher, wakes_when_the_other_end_hangs_up) {
  auto [ours, theirs] = socket_pair();
  std::atomic<int> wakes = 0;
  Watcher watcher([&] { ++wakes; });
  watcher.add(ours.get());
  theirs.reset();
  EXPECT_TRUE(eventually([&] { return wakes > 0; }));
}

TEST(Watcher, wakes_when_a_process_ends) {
  Child child(forever);
  std::atomic<int> wakes = 0;
  const Fd pidfd = open_pidfd(child.pid());
  ASSERT_TRUE(pidfd);
  Watcher watcher([&] { ++wakes; });
  watcher.add(pidfd.get());
  EXPECT_FALSE(has_ended(pidfd));
  child.kill();
  EXPECT_TRUE(eventually([&] { return wakes > 0; }));
  EXPECT_TRUE(has_ended(pidfd));
}

TEST(Watcher, says_so_before_it_wakes) {
  auto [ours, theirs] = socket_pair();
  std::atomic<bool> woken = false, had_fired = false;
  Watcher* self = nullptr;
  Watcher watcher([&] {
    had_fired = self->fired();
    woken = true;
  });
  self = &watcher;
  watcher.add(ours.get());
  ASSERT_EQ(::write(theirs.get(), "x", 1), 1);
  ASSERT_TRUE(eventually([&] { return woken.load(); }));
  EXPECT_TRUE(had_fired);
}

TEST(Watcher, does_not_wake_for_what_was_removed) {
  auto [removed, removed_peer] = socket_pair();
  auto [kept, kept_peer] = socket_pair();
  std::atomic<int> wakes = 0;
  Watcher watcher([&] { ++wakes; });
  watcher.add(removed.get());
  watcher.add(kept.get());
  watcher.remove(removed.get());
  ASSERT_EQ(::write(removed_peer.get(), "x", 1), 1);
  ASSERT_EQ(::write(kept_peer.get(), "x", 1), 1);
  EXPECT_TRUE(eventually([&] { return wakes > 0; }));
  EXPECT_EQ(wakes, 1);
}

TEST(Watcher, refuses_what_cannot_be_watched) {
  Watcher watcher([] {});
  EXPECT_THROW(watcher.add(-1), SystemError);
}

TEST(Pidfd, is_invalid_for_a_process_that_does_not_exist) {
  pid_t pid = 0;
  {
    Child child([] { return 0; });
    pid = child.pid();
    EXPECT_EQ(child.wait(), 0);
  }
  EXPECT_FALSE(open_pidfd(pid));
}

}  // namespace
}  // namespace mproc::base
