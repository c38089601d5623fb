#include "mproc/wire/message.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "mproc/base/error.hpp"
#include "support/errors.hpp"
#include "support/failures.hpp"
#include "support/random_bytes.hpp"

namespace mproc::wire {
namespace {

using base::Bytes;
using base::DecodeError;
using testing::full_failure;
using testing::Random;

job::MapSpec spec() {
  job::MapSpec s;
  s.map = 7;
  s.kernel = static_cast<std::uint8_t>(job::MapSpec::Kernel::command);
  s.function = "model:simulate";
  s.command = {"gzip", "-9", "{path}"};
  s.raw_path = {"/home/me"};
  s.args = "\x81\xa3tol\x01";
  s.call = 2;
  s.encoding = 1;
  s.has_seed = true;
  s.seed = ~std::uint64_t{0};
  s.first_item = std::string("\x00\x01", 2);
  return s;
}

/// The message as it is after a journey, with the payload that travelled along.
template <class Message>
Message journey(const Message& message, const Bytes& payload) {
  const Bytes bytes = encode(message, payload);
  const Parts parts = split(bytes);
  EXPECT_EQ(parts.type, Message::type);
  EXPECT_EQ(Bytes(parts.payload.begin(), parts.payload.end()), payload);
  return decode<Message>(parts);
}

template <class Message>
void expect_same_after_journey(const Message& message) {
  Random random(1);
  for (const std::size_t size : {0, 1, 15, 16, 17, 70'000}) {
    const Message arrived = journey(message, testing::random_bytes(random, size));
    Bytes before, after;
    base::pack_to(before, message);
    base::pack_to(after, arrived);
    EXPECT_EQ(before, after);
  }
}

constexpr auto most = std::numeric_limits<std::uint64_t>::max();

TEST(Message, of_every_type_survives_its_encoding_with_its_payload) {
  expect_same_after_journey(Hello{"node7", 1 << 30, "n7"});
  expect_same_after_journey(wire::Setup{{{"OMP_NUM_THREADS", "1"}, {"EMPTY", ""}}, {4, 2, true}});
  expect_same_after_journey(Start{7, 8});
  expect_same_after_journey(
      Init{{static_cast<std::uint8_t>(job::InitBlock::Kind::file), "model.py", "x = 1\n"}});
  expect_same_after_journey(Map{spec()});
  expect_same_after_journey(Slots{8});
  expect_same_after_journey(SetupFailed{full_failure()});
  expect_same_after_journey(GivenUp{3, 2, full_failure()});
  expect_same_after_journey(Chunk{most, 1, 2, most - 3, 3, 4, most});
  expect_same_after_journey(Block{most, 1, 2, 3});
  expect_same_after_journey(Recall{most, 5});
  expect_same_after_journey(TakenBack{most, 6, 7});
  expect_same_after_journey(ChunkLost{9, true, most, full_failure()});
  expect_same_after_journey(Drain{});
  expect_same_after_journey(Stop{true});
  expect_same_after_journey(Heartbeat{});
  expect_same_after_journey(
      Share{{"X", "", {{"year", "<i8"}, {"number", "<f8"}}, true, {most, 0}}, {1 << 30, 7, "label"}});
  expect_same_after_journey(Forget{"X"});
  expect_same_after_journey(Piece{});
  expect_same_after_journey(PieceTaken{});
  expect_same_after_journey(Parent{3, true});
  expect_same_after_journey(ChildGone{3});
  expect_same_after_journey(Follow{most, most - 1, true});
  expect_same_after_journey(Entries{most});
}

TEST(Message, fields_arrive_where_they_belong) {
  const Chunk chunk = journey(Chunk{1, 2, 3, 4, 5, 6}, {});
  EXPECT_EQ(chunk.chunk, 1u);
  EXPECT_EQ(chunk.map, 2u);
  EXPECT_EQ(chunk.stage, 3u);
  EXPECT_EQ(chunk.first, 4u);
  EXPECT_EQ(chunk.count, 5u);
  EXPECT_EQ(chunk.attempt, 6u);
  const Map map = journey(Map{spec()}, {});
  EXPECT_EQ(map.spec.command, spec().command);
  EXPECT_EQ(map.spec.seed, ~std::uint64_t{0});
  EXPECT_EQ(map.spec.first_item, spec().first_item);
  const ChunkLost lost = journey(ChunkLost{1, true, 2, full_failure()}, {});
  EXPECT_TRUE(lost.was_running);
  EXPECT_EQ(lost.running, 2u);
  EXPECT_EQ(lost.cause.summary(), "ValueError: bad x");
}

TEST(Message, types_have_numbers_of_their_own) {
  const std::set<Type> types{
      Hello::type,       wire::Setup::type, Init::type,      Map::type,       Slots::type,     Chunk::type,
      SetupFailed::type, Block::type,       Recall::type,    TakenBack::type, ChunkLost::type, Drain::type,
      Stop::type,        Heartbeat::type,   Start::type,     Share::type,     Forget::type,    Piece::type,
      PieceTaken::type,  Parent::type,      ChildGone::type, Follow::type,    Entries::type,   GivenUp::type};
  EXPECT_EQ(types.size(), 24u);
}

TEST(Message, payload_is_not_copied_by_split) {
  const Bytes bytes = encode(Chunk{1}, base::view("items"));
  const Parts parts = split(bytes);
  EXPECT_EQ(parts.payload.data() + parts.payload.size(), bytes.data() + bytes.size());
}

TEST(Message, cut_off_at_any_byte_is_refused) {
  const Bytes bytes = encode(ChunkLost{9, true, 1, full_failure()}, base::view("payload"));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_THROW(split(base::ByteView(bytes).first(size)), DecodeError) << size;
}

TEST(Message, with_bytes_after_it_is_refused) {
  Bytes bytes = encode(Slots{2});
  bytes.push_back(std::byte{0});
  EXPECT_THROW(split(bytes), DecodeError);
}

void decode_any(const Parts& parts) {
  switch (parts.type) {
    case Type::hello:
      decode<Hello>(parts);
      return;
    case Type::setup:
      decode<wire::Setup>(parts);
      return;
    case Type::map:
      decode<Map>(parts);
      return;
    case Type::chunk:
      decode<Chunk>(parts);
      return;
    case Type::chunk_lost:
      decode<ChunkLost>(parts);
      return;
    default:
      decode<Init>(parts);
  }
}

TEST(Message, damaged_bytes_are_a_message_or_a_decode_error) {
  Random random(2);
  const std::vector<Bytes> messages{encode(Hello{"node7", 1}), encode(wire::Setup{{{"A", "b"}}, {}}),
                                    encode(Map{spec()}), encode(Chunk{1, 2, 3, 4, 5, 6}, base::view("items")),
                                    encode(ChunkLost{9, true, 1, full_failure()})};
  for (int i = 0; i < 30'000; ++i) {
    const Bytes bytes = testing::damaged(random, messages[testing::below(random, messages.size())]);
    try {
      decode_any(split(bytes));
    } catch (const DecodeError&) {
    }
  }
}

TEST(Message, random_bytes_are_not_a_message) {
  Random random(3);
  for (int i = 0; i < 10'000; ++i)
    EXPECT_THROW(split(testing::random_bytes(random, testing::below(random, 100))), DecodeError);
}

std::string refusal(base::ByteView bytes) {
  return testing::message_of<DecodeError>([&] { split(bytes); });
}

// The prefix on the wire: magic (2), version (1), type (1), head size (4), payload size (8).
TEST(Message, of_another_version_is_refused_with_both_versions_and_the_remedy) {
  Bytes bytes = encode(Slots{2});
  bytes[2] = std::byte{9};
  EXPECT_EQ(refusal(bytes), "message of version 9, this mproc speaks 1; install the same mproc everywhere");
}

TEST(Message, that_is_foreign_is_refused) {
  Bytes bytes = encode(Slots{2});
  bytes[0] = std::byte{'X'};
  EXPECT_EQ(refusal(bytes), "message that is not mproc's");
  bytes = encode(Slots{2});
  bytes[3] = std::byte{99};
  EXPECT_EQ(refusal(bytes), "message of unknown type 99");
  bytes[3] = std::byte{0};
  EXPECT_EQ(refusal(bytes), "message of unknown type 0");
}

TEST(Message, sizes_are_counted_in_64_bits) {
  // A payload size that is right modulo 2^32 only, and one that wraps around with the head's.
  const Bytes whole = encode(Slots{2}, base::view("payload"));
  for (const std::uint64_t wrong : {(std::uint64_t{1} << 32) + 7, most, most - 6, std::uint64_t{8}}) {
    Bytes bytes = whole;
    std::memcpy(bytes.data() + 8, &wrong, sizeof wrong);
    EXPECT_EQ(refusal(bytes), "message whose sizes do not add up") << wrong;
  }
  Bytes bytes = whole;
  const std::uint32_t head = 0xffffffff;
  std::memcpy(bytes.data() + 4, &head, sizeof head);
  EXPECT_EQ(refusal(bytes), "message whose sizes do not add up");
}

TEST(Message, a_head_of_another_type_is_a_decode_error) {
  Bytes bytes = encode(Hello{"node7", 1});
  bytes[3] = static_cast<std::byte>(Type::chunk);
  const Parts parts = split(bytes);
  EXPECT_THROW(decode<Chunk>(parts), DecodeError);
}

}  // namespace
}  // namespace mproc::wire
