#include "mproc/base/outcome.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "mproc/base/error.hpp"
#include "support/failures.hpp"
#include "support/random_bytes.hpp"
#include "support/sanitized.hpp"
#include "support/values.hpp"

namespace mproc::base {
namespace {

using testing::below;
using testing::full_failure;
using testing::packed;
using testing::Random;

void expect_equal(const Failure& a, const Failure& b) {
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.type, b.type);
  EXPECT_EQ(a.message, b.message);
  EXPECT_EQ(a.traceback, b.traceback);
  EXPECT_EQ(a.host, b.host);
  EXPECT_EQ(a.rank, b.rank);
  EXPECT_EQ(a.pid, b.pid);
  EXPECT_EQ(a.attempts, b.attempts);
}

OutcomeBlock random_block(Random& random) {
  OutcomeBlock block;
  block.tasks = {random() >> 1, below(random, 40)};
  block.start_ns = static_cast<std::int64_t>(random() >> 2);
  block.end_ns = static_cast<std::int64_t>(random() >> 2);
  block.busy_ns = static_cast<std::int64_t>(random());
  const bool timed = below(random, 2) == 0;
  for (std::uint32_t p = 0; p < block.tasks.count; ++p) {
    if (below(random, 4) == 0) {
      block.failed.push_back(p);
      pack_failure(block.values, full_failure());
    } else {
      append(block.values, packed(random()));
    }
    if (timed) block.times.push_back({static_cast<std::uint32_t>(random()), p});
    if (below(random, 4) == 0) block.captures.push_back({p, std::string(below(random, 50), 'c')});
  }
  return block;
}

Bytes encoded(const OutcomeBlock& block) {
  Bytes bytes;
  encode_block(bytes, block);
  return bytes;
}

void expect_equal(const OutcomeBlock& a, const OutcomeBlock& b) {
  EXPECT_EQ(a.tasks, b.tasks);
  EXPECT_EQ(a.start_ns, b.start_ns);
  EXPECT_EQ(a.end_ns, b.end_ns);
  EXPECT_EQ(a.busy_ns, b.busy_ns);
  EXPECT_EQ(a.failed, b.failed);
  EXPECT_EQ(a.times, b.times);
  EXPECT_EQ(a.captures, b.captures);
  EXPECT_EQ(a.values, b.values);
}

/// What every reader of a block relies on.
void expect_consistent(const OutcomeBlock& block) {
  EXPECT_GE(block.tasks.end(), block.tasks.first);
  EXPECT_GE(block.values.size(), block.tasks.count);
  EXPECT_TRUE(block.times.empty() || block.times.size() == block.tasks.count);
  std::int64_t last = -1;
  for (const std::uint32_t p : block.failed) {
    EXPECT_GT(std::int64_t{p}, last);
    EXPECT_LT(p, block.tasks.count);
    last = p;
  }
  last = -1;
  for (const auto& capture : block.captures) {
    EXPECT_GT(std::int64_t{capture.position}, last);
    EXPECT_LT(capture.position, block.tasks.count);
    last = capture.position;
  }
}

TEST(Failure, survives_its_encoding) {
  Bytes bytes;
  pack_failure(bytes, full_failure());
  std::size_t offset = 0;
  const auto handle = unpack_value(bytes, offset);
  EXPECT_EQ(offset, bytes.size());
  ASSERT_EQ(handle.get().type, msgpack::type::EXT);
  EXPECT_EQ(handle.get().via.ext.type(), static_cast<std::int8_t>(Ext::failure));
  const ByteView body(reinterpret_cast<const std::byte*>(handle.get().via.ext.data()),
                      handle.get().via.ext.size);
  expect_equal(unpack_as<Failure>(body), full_failure());
}

TEST(Failure, damaged_bytes_are_a_failure_or_an_error) {
  Random random(3);
  const Bytes whole = packed(full_failure());
  for (int i = 0; i < 20'000; ++i) {
    try {
      const auto failure = unpack_as<Failure>(testing::damaged(random, whole));
      EXPECT_NE(name(failure.kind), nullptr);
      failure.summary();
    } catch (const DecodeError&) {
    }
  }
}

TEST(Failure, summary_is_type_and_the_first_line_of_the_message) {
  Failure f;
  f.kind = FailureKind::lost;
  EXPECT_EQ(f.summary(), "lost");
  f.message = "its worker rank was lost";
  EXPECT_EQ(f.summary(), "its worker rank was lost");
  f.type = "ValueError";
  f.message = "bad x\nsecond line";
  EXPECT_EQ(f.summary(), "ValueError: bad x");
  f.message = "";
  EXPECT_EQ(f.summary(), "ValueError");
}

TEST(Failure, kinds_have_the_names_that_results_show) {
  EXPECT_STREQ(name(FailureKind::exception), "exception");
  EXPECT_STREQ(name(FailureKind::crash), "crash");
  EXPECT_STREQ(name(FailureKind::item), "item");
  EXPECT_STREQ(name(static_cast<FailureKind>(200)), "unknown");
}

TEST(OutcomeBlock, survives_its_encoding) {
  Random random(4);
  for (int i = 0; i < 2'000; ++i) {
    const OutcomeBlock block = random_block(random);
    expect_equal(decode_block(encoded(block)), block);
  }
}

TEST(OutcomeBlock, header_leaves_the_values_where_they_are) {
  Random random(5);
  const OutcomeBlock block = random_block(random);
  const Bytes bytes = encoded(block);
  ByteView values;
  const OutcomeBlock header = decode_block_header(bytes, values);
  EXPECT_TRUE(header.values.empty());
  EXPECT_EQ(values.data() + values.size(), bytes.data() + bytes.size());
  EXPECT_EQ(values.size(), block.values.size());
}

TEST(OutcomeBlock, cut_off_at_any_byte_is_refused) {
  Random random(6);
  for (int i = 0; i < 20; ++i) {
    OutcomeBlock block = random_block(random);
    if (block.tasks.count == 0) continue;
    const Bytes bytes = encoded(block);
    for (std::size_t size = 0; size < bytes.size(); ++size)
      EXPECT_THROW(decode_block(ByteView(bytes).first(size)), DecodeError) << size;
  }
}

TEST(OutcomeBlock, damaged_bytes_are_refused_or_consistent) {
  Random random(7);
  for (int i = 0; i < (testing::sanitized ? 5'000 : 30'000); ++i) {
    Bytes bytes = encoded(random_block(random));
    for (std::uint64_t n = 1 + below(random, 3); n > 0; --n) bytes = testing::damaged(random, bytes);
    try {
      expect_consistent(decode_block(bytes));
    } catch (const DecodeError&) {
    }
  }
}

TEST(OutcomeBlock, random_bytes_are_refused_or_consistent) {
  Random random(8);
  for (int i = 0; i < 20'000; ++i) {
    try {
      expect_consistent(decode_block(testing::random_bytes(random, below(random, 200))));
    } catch (const DecodeError&) {
    }
  }
}

class InconsistentBlock : public ::testing::Test {
 protected:
  InconsistentBlock() {
    block_.tasks = {10, 3};
    for (int i = 0; i < 3; ++i) append(block_.values, packed(i));
  }
  void expect_refused() { EXPECT_THROW(decode_block(encoded(block_)), DecodeError); }
  OutcomeBlock block_;
};

TEST_F(InconsistentBlock, failures_out_of_order_are_refused) {
  block_.failed = {2, 1};
  expect_refused();
}
TEST_F(InconsistentBlock, the_same_failure_twice_is_refused) {
  block_.failed = {1, 1};
  expect_refused();
}
TEST_F(InconsistentBlock, failures_past_the_tasks_are_refused) {
  block_.failed = {3};
  expect_refused();
}
TEST_F(InconsistentBlock, times_of_another_number_of_tasks_are_refused) {
  block_.times.resize(2);
  expect_refused();
}
TEST_F(InconsistentBlock, times_that_64_bits_cannot_add_up_are_refused) {
  block_.times.resize(3);
  block_.times[1].start_us = INT64_MAX / 1000;
  expect_refused();
}

TEST_F(InconsistentBlock, a_start_that_64_bits_cannot_add_to_is_refused) {
  block_.start_ns = INT64_MAX;
  expect_refused();
}

TEST_F(InconsistentBlock, captures_past_the_tasks_are_refused) {
  block_.captures = {{3, "x"}};
  expect_refused();
}
TEST_F(InconsistentBlock, captures_out_of_order_are_refused) {
  block_.captures = {{2, "x"}, {0, "y"}};
  expect_refused();
}
TEST_F(InconsistentBlock, task_numbers_that_wrap_around_are_refused) {
  block_.tasks.first = ~std::uint64_t{0} - 1;
  expect_refused();
}
TEST_F(InconsistentBlock, more_tasks_than_values_could_be_are_refused) {
  block_.tasks.count = 4;
  expect_refused();
}

}  // namespace
}  // namespace mproc::base
