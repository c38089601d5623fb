#include "mproc/run/driver_link.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <thread>

#include "mproc/base/unix_socket.hpp"
#include "support/eventually.hpp"
#include "support/random_bytes.hpp"
#include "support/temp_directory.hpp"

namespace mproc::run {
namespace {

using base::Bytes;
using mproc::testing::Random;

/// Both ends in this process.
class DriverLinkTest : public ::testing::Test {
 protected:
  DriverLinkTest() {
    const auto path = dir_ / "driver";
    const base::Fd listener = base::listen_at(path, SOCK_SEQPACKET);
    central_.emplace(DriverLink::connect(path.string(), bell_memory_));
    driver_.emplace(DriverLink::accept(base::Fd(::accept(listener.get(), nullptr, nullptr))));
  }
  static std::optional<Bytes> take(DriverLink& link) {
    const auto message = link.front();
    if (!message) return std::nullopt;
    Bytes copy(message->bytes.begin(), message->bytes.end());
    base::append(copy, message->payload.view());
    link.pop();
    return copy;
  }

  /// While the driver sends what waits.
  void expect_at_central(const std::vector<Bytes>& messages) {
    for (const Bytes& message : messages) {
      std::optional<Bytes> arrived;
      ASSERT_TRUE(mproc::testing::eventually([&] {
        driver_->flush();
        return (arrived = take(*central_)).has_value();
      }));
      EXPECT_EQ(*arrived, message);
    }
  }

  mproc::testing::TempDirectory dir_;
  base::SharedMemory bell_memory_ = base::SharedMemory::create("bell", 4096);
  std::optional<DriverLink> central_, driver_;
};

TEST_F(DriverLinkTest, carries_messages_both_ways_whole_and_in_order) {
  Random random(1);
  const Bytes head = mproc::testing::random_bytes(random, 100),
              tail = mproc::testing::random_bytes(random, 5000);
  central_->send(head, tail);
  central_->send(tail);
  driver_->send({}, head);
  Bytes both = head;
  base::append(both, tail);
  EXPECT_EQ(take(*driver_), both);
  EXPECT_EQ(take(*driver_), tail);
  EXPECT_EQ(take(*driver_), std::nullopt);
  EXPECT_EQ(take(*central_), head);
}

TEST_F(DriverLinkTest, what_does_not_fit_waits_and_nothing_blocks) {
  Random random(2);
  std::vector<Bytes> sent;
  for (const std::size_t size : {700'000, 300'000, 3'000'000, 10, 0, 9'000'000, 5})
    sent.push_back(mproc::testing::random_bytes(random, size));
  for (const Bytes& message : sent) driver_->send(message);
  EXPECT_GT(driver_->backlog(), 0u);
  expect_at_central(sent);
  EXPECT_TRUE(driver_->flush());
  EXPECT_EQ(driver_->backlog(), 0u);
}

TEST_F(DriverLinkTest, hands_on_payloads_in_shared_memory_between_other_messages) {
  Random random(3);
  base::SharedPool pool;
  std::vector<Bytes> sent;
  for (int i = 0; i < 2000; ++i) {  // more than the socket holds descriptors
    const Bytes head = mproc::testing::random_bytes(random, 20),
                tail = mproc::testing::random_bytes(random, 1000);
    if (i % 3 == 0)
      driver_->send(head, tail);
    else
      driver_->send(head, pool.copy({tail}));
    sent.push_back(head);
    base::append(sent.back(), tail);
  }
  expect_at_central(sent);
  EXPECT_EQ(driver_->backlog(), 0u);
}

TEST_F(DriverLinkTest, rings_the_other_sides_bell) {
  const auto driver_seen = driver_->bell().count(), central_seen = central_->bell().count();
  central_->send(base::view("for the driver"));
  central_->flush();
  EXPECT_NE(driver_->bell().count(), driver_seen);
  driver_->send(base::view("for central"));
  driver_->flush();
  EXPECT_NE(central_->bell().count(), central_seen);
}

TEST_F(DriverLinkTest, tells_when_the_other_side_has_gone_and_keeps_its_last_words) {
  EXPECT_FALSE(driver_->closed());
  central_->send(base::view("last words"));
  central_.reset();
  EXPECT_TRUE(driver_->closed());
  EXPECT_EQ(base::text(*take(*driver_)), "last words");
  EXPECT_EQ(take(*driver_), std::nullopt);
}

TEST_F(DriverLinkTest, tells_when_the_other_side_has_gone_though_a_descriptor_of_it_waits) {
  base::SharedPool pool;
  central_->send(base::view("head"), pool.copy({base::view("payload")}));
  central_.reset();
  EXPECT_TRUE(driver_->closed());
  EXPECT_EQ(base::text(*take(*driver_)), "headpayload");
}

TEST_F(DriverLinkTest, hands_a_million_messages_from_thread_to_thread) {
  constexpr std::uint64_t messages = 1'000'000;
  std::thread sender([&] {
    for (std::uint64_t i = 0; i < messages; ++i) {
      Bytes body;
      base::append_pod(body, i);
      driver_->send(body);
    }
    while (!driver_->flush()) std::this_thread::yield();
  });
  std::uint64_t wrong = 0;
  for (std::uint64_t i = 0; i < messages; ++i) {
    std::optional<Bytes> body;
    while (!(body = take(*central_))) std::this_thread::yield();
    std::uint64_t value = 0;
    std::memcpy(&value, body->data(), sizeof value);
    wrong += value != i || body->size() != sizeof value ? 1 : 0;
  }
  sender.join();
  EXPECT_EQ(wrong, 0u);
}

}  // namespace
}  // namespace mproc::run
