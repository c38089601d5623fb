#include "mproc/exec/socket_message.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <csignal>

#include "mproc/base/error.hpp"
#include "mproc/base/shared_memory.hpp"
#include "support/process.hpp"
#include "support/random_bytes.hpp"

namespace mproc::exec {
namespace {

class SocketMessageTest : public ::testing::Test {
 protected:
  bool send(const SocketMessage& message, const std::vector<int>& fds = {}) {
    return send_message(ours_.get(), message, fds);
  }
  SocketMessage receive() {
    SocketMessage message;
    EXPECT_EQ(receive_message(theirs_.get(), message, true), Received::message);
    return message;
  }
  static ino_t inode(int fd) {
    struct stat info {};
    EXPECT_EQ(::fstat(fd, &info), 0);
    return info.st_ino;
  }

  SocketPair ends_ = make_socket_pair();
  base::Fd &ours_ = ends_.here, &theirs_ = ends_.there;
};

TEST_F(SocketMessageTest, arrives_as_it_was_sent) {
  ASSERT_TRUE(send({7, 8, -9, {}, {}}));
  const SocketMessage got = receive();
  EXPECT_EQ(got.type, 7u);
  EXPECT_EQ(got.slot, 8u);
  EXPECT_EQ(got.value, -9);
  EXPECT_TRUE(got.payload.empty());
  EXPECT_TRUE(got.fds.empty());
}

TEST_F(SocketMessageTest, carries_payloads_of_any_size) {
  testing::Random random(1);
  for (const std::size_t size : {1, 4096, 1'000'000, 20'000'000}) {
    const base::Bytes payload = testing::random_bytes(random, size);
    ASSERT_TRUE(send({1, 0, 0, payload, {}}));
    EXPECT_TRUE(receive().payload == payload) << size;
  }
}

TEST_F(SocketMessageTest, carries_descriptors_in_order_and_keeps_the_senders) {
  const auto a = base::SharedMemory::create("a", 1), b = base::SharedMemory::create("b", 1);
  ASSERT_TRUE(send({1, 0, 0, {}, {}}, {a.fd(), b.fd()}));
  const SocketMessage got = receive();
  ASSERT_EQ(got.fds.size(), 2u);
  EXPECT_EQ(inode(got.fds[0].get()), inode(a.fd()));
  EXPECT_EQ(inode(got.fds[1].get()), inode(b.fd()));
  EXPECT_TRUE(::fcntl(got.fds[0].get(), F_GETFD) & FD_CLOEXEC);
}

TEST_F(SocketMessageTest, carries_descriptors_and_a_payload_together) {
  const auto a = base::SharedMemory::create("a", 1);
  base::Bytes payload(100, std::byte{5});
  ASSERT_TRUE(send({1, 0, 0, payload, {}}, {a.fd(), a.fd(), a.fd(), a.fd()}));
  const SocketMessage got = receive();
  EXPECT_EQ(got.fds.size(), 4u);
  EXPECT_EQ(got.payload, payload);
}

TEST_F(SocketMessageTest, says_when_there_is_nothing) {
  SocketMessage message;
  EXPECT_EQ(receive_message(theirs_.get(), message, false), Received::nothing);
}

TEST_F(SocketMessageTest, gives_what_was_sent_before_the_other_side_went) {
  ASSERT_TRUE(send({1, 0, 0, {}, {}}));
  ours_.reset();
  EXPECT_EQ(receive().type, 1u);
  SocketMessage message;
  EXPECT_EQ(receive_message(theirs_.get(), message, true), Received::closed);
  EXPECT_EQ(receive_message(theirs_.get(), message, false), Received::closed);
}

TEST_F(SocketMessageTest, sending_to_nobody_is_false_and_not_a_signal) {
  theirs_.reset();
  EXPECT_FALSE(send({1, 0, 0, {}, {}}));
}

TEST_F(SocketMessageTest, waits_for_a_receiver_that_is_slow) {
  testing::Child sender([&] {
    for (std::int64_t i = 0; i < 5000; ++i)
      if (!send({1, 0, i, {}, {}})) return 1;
    return 0;
  });
  for (std::int64_t i = 0; i < 5000; ++i) EXPECT_EQ(receive().value, i);
  EXPECT_EQ(sender.wait(), 0);
}

TEST_F(SocketMessageTest, a_payload_without_its_content_is_a_decode_error) {
  struct {
    std::uint32_t type = 1, slot = 0;
    std::int64_t value = 0;
    std::uint64_t payload_bytes = 100;
  } record;
  ASSERT_EQ(::send(ours_.get(), &record, sizeof record, 0), static_cast<ssize_t>(sizeof record));
  SocketMessage message;
  EXPECT_THROW(receive_message(theirs_.get(), message, true), base::DecodeError);
}

}  // namespace
}  // namespace mproc::exec
