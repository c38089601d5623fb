#include "mproc/exec/ring.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cstring>
#include <new>

#include "mproc/base/error.hpp"
#include "support/process.hpp"
#include "support/random_bytes.hpp"

namespace mproc::exec {
namespace {

using base::Bytes;
using base::SharedMemory;
using testing::below;
using testing::Random;

/// Two ends with mappings of their own, as in two processes.
class RingTest : public ::testing::Test {
 protected:
  static constexpr std::size_t capacity = 4096;

  SharedMemory mapping() const {
    return SharedMemory::open(base::Fd(::fcntl(content_.fd(), F_DUPFD_CLOEXEC, 0)));
  }
  static bool put(Ring& ring, const Bytes& frame) {
    const auto room = ring.reserve(frame.size());
    if (!room) return false;
    if (!frame.empty()) std::memcpy(room->data(), frame.data(), frame.size());
    ring.commit(frame.size());
    return true;
  }
  static std::optional<Bytes> take(Ring& ring) {
    const auto frame = ring.front();
    if (!frame) return std::nullopt;
    Bytes bytes(frame->begin(), frame->end());
    ring.pop();
    return bytes;
  }

  SharedMemory page_ = SharedMemory::create("ring-header", 4096);
  SharedMemory content_ = SharedMemory::create("ring", capacity);
  RingHeader& header_ = *new (page_.data()) RingHeader;
};

TEST_F(RingTest, begins_empty) {
  Ring consumer(header_, mapping());
  EXPECT_EQ(consumer.front(), std::nullopt);
}

TEST_F(RingTest, gives_frames_in_order_and_each_until_it_is_popped) {
  Ring producer(header_, mapping()), consumer(header_, mapping());
  Random random(1);
  const Bytes a = testing::random_bytes(random, 10), b = testing::random_bytes(random, 0),
              c = testing::random_bytes(random, 17);
  ASSERT_TRUE(put(producer, a) && put(producer, b) && put(producer, c));
  EXPECT_TRUE(std::ranges::equal(*consumer.front(), a));
  EXPECT_TRUE(std::ranges::equal(*consumer.front(), a));
  EXPECT_EQ(take(consumer), a);
  EXPECT_EQ(take(consumer), b);
  EXPECT_EQ(take(consumer), c);
  EXPECT_EQ(consumer.front(), std::nullopt);
}

TEST_F(RingTest, a_frame_may_be_shorter_than_what_was_reserved_for_it) {
  Ring producer(header_, mapping()), consumer(header_, mapping());
  const auto room = producer.reserve(100);
  ASSERT_TRUE(room);
  (*room)[0] = std::byte{7};
  producer.commit(1);
  ASSERT_TRUE(put(producer, Bytes(3, std::byte{9})));
  EXPECT_EQ(take(consumer), Bytes(1, std::byte{7}));
  EXPECT_EQ(take(consumer), Bytes(3, std::byte{9}));
}

TEST_F(RingTest, is_full_until_the_consumer_catches_up) {
  Ring producer(header_, mapping()), consumer(header_, mapping());
  const Bytes frame(1000, std::byte{1});
  int fitted = 0;
  while (put(producer, frame)) ++fitted;
  EXPECT_EQ(fitted, 4);
  EXPECT_TRUE(take(consumer));
  EXPECT_TRUE(put(producer, frame));
  EXPECT_FALSE(put(producer, frame));
}

TEST_F(RingTest, grows_for_a_large_frame_once_it_is_empty) {
  Ring producer(header_, mapping()), consumer(header_, mapping());
  Random random(2);
  const Bytes small = testing::random_bytes(random, 100),
              large = testing::random_bytes(random, 10 * capacity);
  ASSERT_TRUE(put(producer, small));
  EXPECT_FALSE(put(producer, large));
  EXPECT_EQ(take(consumer), small);
  ASSERT_TRUE(put(producer, large));
  EXPECT_EQ(take(consumer), large);
  ASSERT_TRUE(put(producer, small));
  EXPECT_EQ(take(consumer), small);
}

TEST_F(RingTest, carries_frames_of_any_size_byte_for_byte_between_two_processes) {
  for (const unsigned seed : {1u, 2u, 3u}) {
    page_ = SharedMemory::create("ring-header", 4096);
    content_ = SharedMemory::create("ring", capacity);
    RingHeader& header = *new (page_.data()) RingHeader;
    constexpr int frames = 5'000;
    const auto size = [](Random& random) {
      const std::uint64_t kind = below(random, 1000);
      return below(random, kind == 0 ? 40 * capacity : kind < 100 ? capacity : 200);
    };
    testing::Child child([&] {
      Ring producer(header, mapping());
      Random random(seed);
      for (int i = 0; i < frames; ++i) {
        const Bytes frame = testing::random_bytes(random, size(random));
        if (!testing::eventually([&] { return put(producer, frame); })) return 1;
      }
      return 0;
    });
    Ring consumer(header, mapping());
    Random random(seed);
    int wrong = 0;
    for (int i = 0; i < frames && wrong == 0; ++i) {
      const Bytes expected = testing::random_bytes(random, size(random));
      std::optional<Bytes> frame;
      if (!testing::eventually([&] { return (frame = take(consumer)).has_value(); }) || *frame != expected)
        ++wrong;
    }
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(child.wait(), 0);
    EXPECT_EQ(consumer.front(), std::nullopt);
  }
}

/// A producer that writes nonsense into what both share.
class CorruptRing : public RingTest {
 protected:
  CorruptRing() { put(producer_, Bytes(100, std::byte{1})); }
  std::uint64_t& word(std::size_t offset) {
    return *reinterpret_cast<std::uint64_t*>(content_.data() + offset);
  }
  /// In a child: what is wrong must not kill the consumer either.
  int read_in_child() {
    testing::Child child([&] {
      try {
        Ring consumer(header_, mapping());
        for (int i = 0; i < 100; ++i)
          if (const auto frame = consumer.front()) {
            volatile std::byte sum{};
            for (const std::byte b : *frame) sum = sum ^ b;
            consumer.pop();
          }
        return 1;
      } catch (const base::DecodeError&) {
        return 0;
      }
    });
    return child.wait();
  }
  Ring producer_{header_, mapping()};
};

TEST_F(CorruptRing, a_length_past_the_end_is_a_decode_error) {
  for (const std::uint64_t length : {std::uint64_t{105}, std::uint64_t{capacity}, std::uint64_t{1} << 40,
                                     ~std::uint64_t{0} - 1, ~std::uint64_t{0} - 8}) {
    word(0) = length;
    EXPECT_EQ(read_in_child(), 0) << length;
  }
}

TEST_F(CorruptRing, a_skip_mark_with_nothing_behind_it_is_a_decode_error) {
  word(0) = ~std::uint64_t{0};
  EXPECT_EQ(read_in_child(), 0);
}

TEST_F(CorruptRing, a_capacity_that_shrank_is_a_decode_error) {
  header_.capacity = capacity / 2;
  EXPECT_EQ(read_in_child(), 0);
}

TEST_F(CorruptRing, a_capacity_beyond_the_memory_is_a_decode_error) {
  header_.tail = header_.head = 2 * capacity - 8;  // what stands there is past the memory's end
  header_.head += 8;
  header_.capacity = 2 * capacity;
  EXPECT_EQ(read_in_child(), 0);
}

TEST_F(CorruptRing, a_head_that_is_not_where_a_frame_ends_is_a_decode_error) {
  header_.head = 4;
  EXPECT_EQ(read_in_child(), 0);
}

}  // namespace
}  // namespace mproc::exec
