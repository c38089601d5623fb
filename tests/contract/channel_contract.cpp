#include "channel_contract.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <thread>

#include "support/eventually.hpp"

namespace mproc::comm {
namespace {

using base::Bytes;
using base::Rank;
using testing::eventually;

constexpr std::size_t KiB = 1024, MiB = 1024 * KiB;

Bytes text(std::string_view s) {
  Bytes bytes;
  base::append(bytes, base::view(s));
  return bytes;
}

/// Content that says where each of its bytes belongs, and which message it is of.
Bytes pattern(std::size_t size, std::uint64_t seed) {
  Bytes bytes(size);
  std::size_t at = 0;
  for (; at + 8 <= size; at += 8) {
    const std::uint64_t word = (at + 1) * 0x9e3779b97f4a7c15u ^ seed;
    std::memcpy(bytes.data() + at, &word, 8);
  }
  for (; at < size; ++at) bytes[at] = static_cast<std::byte>(at ^ seed);
  return bytes;
}

/// Without printing megabytes when it is not.
void expect_is(const Bytes& got, const Bytes& expected) {
  EXPECT_EQ(got.size(), expected.size());
  EXPECT_TRUE(got == expected) << "content of " << expected.size() << " bytes differs";
}

/// The next message; an empty one from rank -1, and a failure, when none comes.
Message next(Channel& channel) {
  Message message{Rank{-1}, {}, {}};
  EXPECT_TRUE(eventually([&] {
    auto got = channel.receive();
    if (got) message = std::move(*got);
    return message.from != Rank{-1};
  })) << "rank "
      << channel.self().value << " waits in vain";
  return message;
}

/// The next message of that rank, when no other rank has reason to send any.
Bytes next_from(Channel& channel, Rank from) {
  Message message = next(channel);
  EXPECT_EQ(message.from, from);
  return std::move(message.body);
}

/// Calls receive() until nothing of ours is under way. What arrives meanwhile is an error.
void flush(Channel& channel) {
  EXPECT_TRUE(eventually([&] {
    if (channel.busy()) {
      EXPECT_EQ(channel.receive(), std::nullopt);
    }
    return !channel.busy();
  })) << "rank "
      << channel.self().value << " stays busy";
}

bool is_central(const Channel& channel) {
  return channel.self() == base::central_rank;
}

void knows_who_it_is(Channel& channel) {
  EXPECT_GE(channel.self().value, 0);
  EXPECT_LT(channel.self().value, channel.size());
}

/// What ranks tell each other when they start comes to its end.
void has_nothing_when_nothing_was_sent(Channel& channel) {
  EXPECT_EQ(channel.receive(), std::nullopt);
  flush(channel);
  EXPECT_EQ(channel.receive(), std::nullopt);
}

/// Every rank sends to every other one.
void carries_messages_between_any_two_ranks(Channel& channel) {
  for (int to = 0; to < channel.size(); ++to)
    if (to != channel.self().value)
      channel.send(Rank{to}, pattern(100, static_cast<std::uint64_t>(channel.self().value)));
  std::vector<int> got(static_cast<std::size_t>(channel.size()));
  for (int i = 1; i < channel.size(); ++i) {
    const Message message = next(channel);
    if (message.from == Rank{-1}) return;
    ++got[static_cast<std::size_t>(message.from.value)];
    expect_is(message.body, pattern(100, static_cast<std::uint64_t>(message.from.value)));
  }
  for (int from = 0; from < channel.size(); ++from)
    EXPECT_EQ(got[static_cast<std::size_t>(from)], from == channel.self().value ? 0 : 1);
  flush(channel);
}

/// Every worker sends numbered messages, small ones between large ones; central checks the numbers.
void keeps_order_between_two_ranks(Channel& channel) {
  constexpr std::uint64_t messages = 100;
  const auto size = [](std::uint64_t i) { return i % 50 == 7 ? 2 * MiB : i % 5 == 2 ? 20 * KiB : 16; };
  if (!is_central(channel)) {
    for (std::uint64_t i = 0; i < messages; ++i) channel.send(base::central_rank, pattern(size(i), i));
    return flush(channel);
  }
  std::vector<std::uint64_t> expected(static_cast<std::size_t>(channel.size()));
  for (std::uint64_t n = 0; n < messages * static_cast<std::uint64_t>(channel.size() - 1); ++n) {
    const Message message = next(channel);
    if (message.from == Rank{-1}) return;
    const std::uint64_t i = expected[static_cast<std::size_t>(message.from.value)]++;
    expect_is(message.body, pattern(size(i), i));
  }
}

/// All sizes to rank 1, the largest not to the others, which would only take longer.
void carries_messages_of_any_size(Channel& channel) {
  std::vector<std::size_t> sizes{
      0, 1, 7, 4 * KiB - 1, 4 * KiB, 4 * KiB + 1, 20'000, 64 * KiB - 1, 64 * KiB, 64 * KiB + 1, MiB + 3};
  if (is_central(channel)) {
    for (int to = 1; to < channel.size(); ++to)
      for (const std::size_t size : sizes) channel.send(Rank{to}, pattern(size, size));
    channel.send(Rank{1}, pattern(32 * MiB, 1));
    flush(channel);
  } else {
    for (const std::size_t size : sizes)
      expect_is(next_from(channel, base::central_rank), pattern(size, size));
    if (channel.self() == Rank{1}) expect_is(next_from(channel, base::central_rank), pattern(32 * MiB, 1));
  }
}

/// Nobody receives before all have sent: with blocking sends this never ends.
void does_not_deadlock_when_all_send_large_messages_at_each_other(Channel& channel) {
  constexpr int rounds = 3;
  constexpr std::size_t size = MiB;
  for (int round = 0; round < rounds; ++round)
    for (int to = 0; to < channel.size(); ++to)
      if (to != channel.self().value)
        channel.send(Rank{to}, pattern(size, static_cast<std::uint64_t>(round)));
  std::vector<std::uint64_t> rounds_of(static_cast<std::size_t>(channel.size()));
  for (int i = 0; i < rounds * (channel.size() - 1); ++i) {
    const Message message = next(channel);
    if (message.from == Rank{-1}) return;
    expect_is(message.body, pattern(size, rounds_of[static_cast<std::size_t>(message.from.value)]++));
  }
  flush(channel);
}

/// send() comes back while the receiver does not look.
void send_does_not_wait_for_the_receiver(Channel& channel) {
  if (channel.self() == Rank{1}) {
    // The word comes after everything else, so central was not stopped by what nobody had received yet.
    for (std::uint64_t i = 0; i < 20; ++i) expect_is(next_from(channel, base::central_rank), pattern(MiB, i));
    EXPECT_EQ(base::text(next_from(channel, base::central_rank)), "all sent");
    channel.send(base::central_rank, text("thanks"));
    flush(channel);
  } else if (is_central(channel)) {
    for (std::uint64_t i = 0; i < 20; ++i) channel.send(Rank{1}, pattern(MiB, i));
    channel.send(Rank{1}, text("all sent"));
    EXPECT_EQ(base::text(next_from(channel, Rank{1})), "thanks");
    flush(channel);
  }
}

void expect_payload(const Message& message, std::size_t size, std::uint64_t seed) {
  EXPECT_EQ(message.payload.size(), size);
  const Bytes expected = pattern(size, seed);
  EXPECT_TRUE(std::ranges::equal(message.payload.view(), expected)) << size << " bytes differ";
}

/// Every rank to every other, between messages without one.
void carries_payloads_as_they_are(Channel& channel) {
  const std::vector<std::size_t> sizes{1, 300 * KiB, 0, 3 * MiB, 5};
  base::SharedPool pool;
  for (int to = 0; to < channel.size(); ++to) {
    if (to == channel.self().value) continue;
    for (const std::size_t size : sizes) {
      base::SharedBytes payload;
      if (size > 0) payload = pool.copy({pattern(size, size)});
      channel.send(Rank{to}, pattern(20, size), std::move(payload));
    }
  }
  std::vector<std::size_t> got(static_cast<std::size_t>(channel.size()));
  for (std::size_t i = 0; i < sizes.size() * static_cast<std::size_t>(channel.size() - 1); ++i) {
    const Message message = next(channel);
    if (message.from == Rank{-1}) return;
    const std::size_t size = sizes.at(got[static_cast<std::size_t>(message.from.value)]++);
    expect_is(message.body, pattern(20, size));
    expect_payload(message, size, size);
  }
  flush(channel);
}

/// The sender's pool takes nothing up that the receiver still reads.
void a_payload_stays_while_it_is_held(Channel& channel) {
  if (channel.self() == Rank{1}) {
    base::SharedPool pool;
    for (std::uint64_t i = 0; i < 8; ++i)
      channel.send(base::central_rank, text("held"), pool.copy({pattern(MiB, i)}));
    flush(channel);
  } else if (is_central(channel)) {
    std::vector<Message> held;
    for (int i = 0; i < 8; ++i) held.push_back(next(channel));
    for (std::uint64_t i = 0; i < 8; ++i) expect_payload(held[i], MiB, i);
    flush(channel);
  }
}

/// Of all sizes that may leave together, and some that may not.
void many_small_messages_arrive_whole(Channel& channel) {
  constexpr std::uint64_t messages = 20'000;
  const auto expected = [](std::uint64_t i) { return pattern(i % 3 == 0 ? i * 37 % 1'200 : 24, i); };
  if (channel.self() == Rank{1}) {
    for (std::uint64_t i = 0; i < messages; ++i) channel.send(base::central_rank, expected(i));
    flush(channel);
  } else if (is_central(channel)) {
    std::uint64_t wrong = 0;
    for (std::uint64_t i = 0; i < messages; ++i) {
      const Message message = next(channel);
      if (message.from == Rank{-1}) return;
      if (message.body != expected(i)) ++wrong;
    }
    EXPECT_EQ(wrong, 0u);
  }
}

void a_rank_may_send_to_itself(Channel& channel) {
  channel.send(channel.self(), text("note to self"));
  EXPECT_EQ(base::text(next_from(channel, channel.self())), "note to self");
  flush(channel);
}

/// Rank 1 sends to central, which has forgotten it; rank 2 is the witness that lets central know when.
void forgets_a_rank(Channel& channel) {
  if (channel.self() == Rank{1}) {
    EXPECT_EQ(base::text(next_from(channel, Rank{2})), "go");
    for (int i = 0; i < 10; ++i) channel.send(base::central_rank, text("from the dead"));
    channel.send(Rank{2}, text("sent"));
    flush(channel);
    EXPECT_EQ(base::text(next_from(channel, Rank{2})), "end");
  } else if (channel.self() == Rank{2}) {
    EXPECT_EQ(base::text(next_from(channel, base::central_rank)), "forgotten");
    channel.send(Rank{1}, text("go"));
    EXPECT_EQ(base::text(next_from(channel, Rank{1})), "sent");
    channel.send(Rank{1}, text("end"));
    channel.send(base::central_rank, text("all is sent"));
    flush(channel);
  } else if (is_central(channel)) {
    channel.forget(Rank{1});
    channel.send(Rank{1}, text("to the dead"));
    EXPECT_FALSE(channel.busy());
    EXPECT_FALSE(channel.rings(Rank{1}));
    channel.send(Rank{2}, text("forgotten"));
    EXPECT_EQ(base::text(next_from(channel, Rank{2})), "all is sent");
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(channel.receive(), std::nullopt);
    flush(channel);
  }
}

/// What came together with a message that was taken before.
void forgets_what_has_come_and_was_not_taken(Channel& channel) {
  if (channel.self() == Rank{1}) {
    for (int i = 0; i < 10; ++i) channel.send(base::central_rank, text("one of ten"));
    flush(channel);
  } else if (channel.self() == Rank{2}) {
    EXPECT_EQ(base::text(next_from(channel, base::central_rank)), "forgotten");
    channel.send(base::central_rank, text("alive"));
    flush(channel);
  } else if (is_central(channel)) {
    EXPECT_EQ(base::text(next_from(channel, Rank{1})), "one of ten");
    channel.forget(Rank{1});
    channel.send(Rank{2}, text("forgotten"));
    EXPECT_EQ(base::text(next_from(channel, Rank{2})), "alive");
    EXPECT_EQ(channel.receive(), std::nullopt);
  }
}

/// A large message to a rank that never receives is dropped: busy() does not stay true for ever.
void forgets_what_is_under_way(Channel& channel) {
  if (!is_central(channel)) {
    if (channel.self() == Rank{2}) {
      EXPECT_EQ(base::text(next_from(channel, base::central_rank)), "alive?");
    }
    return;
  }
  channel.send(Rank{1}, pattern(32 * MiB, 1));
  channel.forget(Rank{1});
  EXPECT_FALSE(channel.busy());
  channel.send(Rank{2}, text("alive?"));
  flush(channel);
}

void carries_messages_larger_than_mpi_counts_in_one_piece(Channel& channel) {
  constexpr std::size_t large = 300 * MiB;
  if (channel.self() == Rank{1}) {
    channel.send(base::central_rank, pattern(10, 0));
    channel.send(base::central_rank, pattern(large, 1));
    channel.send(base::central_rank, pattern(10, 2));
    channel.send(base::central_rank, pattern(10, 3));
    flush(channel);
  } else if (is_central(channel)) {
    expect_is(next_from(channel, Rank{1}), pattern(10, 0));
    expect_is(next_from(channel, Rank{1}), pattern(large, 1));
    expect_is(next_from(channel, Rank{1}), pattern(10, 2));
    expect_is(next_from(channel, Rank{1}), pattern(10, 3));
  }
}

void carries_several_such_messages_in_a_row(Channel& channel) {
  const std::vector<std::size_t> sizes{300 * MiB, 10, 270 * MiB, 600 * MiB, 10};
  if (channel.self() == Rank{1}) {
    for (const std::size_t size : sizes) channel.send(base::central_rank, pattern(size, size));
    flush(channel);
  } else if (is_central(channel)) {
    for (const std::size_t size : sizes) expect_is(next_from(channel, Rank{1}), pattern(size, size));
  }
}

/// To a rank of which central alone knows that it is on the same node, and to another.
void carries_such_payloads(Channel& channel) {
  constexpr std::size_t large = 600 * MiB;
  const auto receive = [&](Rank from) {
    const Message message = next(channel);
    EXPECT_EQ(message.from, from);
    expect_payload(message, large, 1);
  };
  if (channel.self() == Rank{1}) {
    receive(base::central_rank);
    base::SharedPool pool;
    channel.send(Rank{channel.size() > 2 ? 2 : 0}, text("on"), pool.copy({pattern(large, 1)}));
    flush(channel);
  } else if (is_central(channel)) {
    base::SharedPool pool;
    channel.send(Rank{1}, text("first"), pool.copy({pattern(large, 1)}));
    if (channel.size() == 2) receive(Rank{1});
    flush(channel);
  } else if (channel.self() == Rank{2}) {
    receive(Rank{1});
    flush(channel);
  }
}

}  // namespace

#define MPROC_CONTRACT(min_ranks, function) \
  ChannelContract {                         \
#function, min_ranks, function          \
  }

const std::vector<ChannelContract>& channel_contracts() {
  static const std::vector<ChannelContract> contracts{
      MPROC_CONTRACT(1, knows_who_it_is),
      MPROC_CONTRACT(1, has_nothing_when_nothing_was_sent),
      MPROC_CONTRACT(2, carries_messages_between_any_two_ranks),
      MPROC_CONTRACT(2, keeps_order_between_two_ranks),
      MPROC_CONTRACT(2, carries_messages_of_any_size),
      MPROC_CONTRACT(2, does_not_deadlock_when_all_send_large_messages_at_each_other),
      MPROC_CONTRACT(2, send_does_not_wait_for_the_receiver),
      MPROC_CONTRACT(2, carries_payloads_as_they_are),
      MPROC_CONTRACT(2, a_payload_stays_while_it_is_held),
      MPROC_CONTRACT(2, many_small_messages_arrive_whole),
      MPROC_CONTRACT(1, a_rank_may_send_to_itself),
  };
  return contracts;
}

const std::vector<ChannelContract>& forgetting_contracts() {
  static const std::vector<ChannelContract> contracts{
      MPROC_CONTRACT(3, forgets_a_rank), MPROC_CONTRACT(3, forgets_what_is_under_way),
      MPROC_CONTRACT(3, forgets_what_has_come_and_was_not_taken)};
  return contracts;
}

const std::vector<ChannelContract>& large_contracts() {
  static const std::vector<ChannelContract> contracts{
      MPROC_CONTRACT(2, carries_messages_larger_than_mpi_counts_in_one_piece),
      MPROC_CONTRACT(2, carries_several_such_messages_in_a_row), MPROC_CONTRACT(2, carries_such_payloads)};
  return contracts;
}

}  // namespace mproc::comm
