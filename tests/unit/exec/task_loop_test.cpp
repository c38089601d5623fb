#include "mproc/exec/task_loop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <vector>

#include "mproc/base/msgpack.hpp"
#include "support/block_log.hpp"
#include "support/failures.hpp"

namespace mproc::exec {
namespace {

using namespace std::chrono_literals;
using ::testing::Pair;

class TaskLoopTest : public ::testing::Test {
 protected:
  void open(base::TaskRange tasks) { claim_.open(static_cast<std::uint32_t>(tasks.count)); }
  static void result(TaskLoop& loop, std::uint64_t value) { base::pack_to(loop.values(), value); }
  /// All values of all blocks, and that the blocks are consecutive from `first` on.
  std::vector<std::uint64_t> values(std::uint64_t first) const {
    std::vector<std::uint64_t> all;
    for (const auto& block : sink_.blocks) {
      EXPECT_EQ(block.tasks.first, first + all.size());
      std::size_t offset = 0;
      for (std::uint64_t i = 0; i < block.tasks.count; ++i)
        all.push_back(base::unpack_value(block.values, offset).get().as<std::uint64_t>());
      EXPECT_EQ(offset, block.values.size());
    }
    return all;
  }
  /// What was captured, by the tasks' own numbers.
  std::map<std::uint64_t, std::string> captured() const {
    std::map<std::uint64_t, std::string> all;
    for (const auto& block : sink_.blocks)
      for (const auto& capture : block.captures) all[block.tasks.first + capture.position] += capture.text;
    return all;
  }
  static void last_for(std::chrono::nanoseconds time) {
    for (const auto end = std::chrono::steady_clock::now() + time; std::chrono::steady_clock::now() < end;) {
    }
  }

  Claim claim_;
  TaskStamp stamp_;
  testing::BlockLog sink_;
};

TEST_F(TaskLoopTest, parts_outside_are_copied_before_the_next_task_runs) {
  open({0, 3});
  TaskLoop loop({0, 3}, claim_, stamp_, sink_, {}, std::chrono::nanoseconds(1s).count());  // none for its age
  std::string buffer(300'000, ' ');
  while (loop.next()) {
    std::fill(buffer.begin(), buffer.end(), static_cast<char>('a' + loop.index()));
    base::BytesSink sink(loop.values());
    msgpack::packer(sink).pack_str(static_cast<std::uint32_t>(buffer.size()));
    loop.outside().push_back({loop.values().size(), base::view(buffer), nullptr});
    if (loop.index() == 1) loop.fail({});
  }
  ASSERT_EQ(sink_.blocks.size(), 2u);
  EXPECT_EQ(base::unpack_as<std::string>(sink_.blocks[0].values), std::string(300'000, 'a'));
  const base::OutcomeBlock& rest = sink_.blocks[1];
  EXPECT_EQ(rest.failed, (std::vector<std::uint32_t>{0}));
  const base::ByteView last = base::ByteView(rest.values).subspan(base::skip_value(rest.values, 0));
  EXPECT_EQ(base::unpack_as<std::string>(last), std::string(300'000, 'c'));
}

TEST_F(TaskLoopTest, delivers_all_results_at_the_end) {
  open({100, 5});
  TaskLoop loop({100, 5}, claim_, stamp_, sink_);
  for (std::uint64_t i = 0; loop.next(); ++i) {
    EXPECT_EQ(loop.position(), i);
    EXPECT_EQ(loop.index(), 100 + i);
    result(loop, loop.index());
  }
  EXPECT_THAT(values(100), ::testing::ElementsAre(100, 101, 102, 103, 104));
  for (const auto& block : sink_.blocks) EXPECT_TRUE(block.failed.empty());
}

TEST_F(TaskLoopTest, delivers_nothing_for_an_empty_chunk) {
  open({7, 0});
  TaskLoop loop({7, 0}, claim_, stamp_, sink_);
  EXPECT_FALSE(loop.next());
  EXPECT_TRUE(sink_.blocks.empty());
}

TEST_F(TaskLoopTest, stamps_the_running_task) {
  open({40, 2});
  TaskLoop loop({40, 2}, claim_, stamp_, sink_);
  EXPECT_EQ(stamp_.index, no_task);
  ASSERT_TRUE(loop.next());
  EXPECT_EQ(stamp_.index, 40u);
  EXPECT_GT(stamp_.start_ns, 0);
  result(loop, 0);
  ASSERT_TRUE(loop.next());
  EXPECT_EQ(stamp_.index, 41u);
  result(loop, 0);
  EXPECT_FALSE(loop.next());
  EXPECT_EQ(stamp_.index, no_task);
}

TEST_F(TaskLoopTest, the_last_task_is_stamped_until_its_results_are_delivered) {
  struct : BlockSink {
    void deliver(const base::OutcomeBlock&) override { stamped = stamp->index; }
    std::string take_capture() override { return {}; }
    const TaskStamp* stamp = nullptr;
    std::uint64_t stamped = no_task;
  } sink;
  sink.stamp = &stamp_;
  open({40, 2});
  TaskLoop loop({40, 2}, claim_, stamp_, sink);
  while (loop.next()) result(loop, 0);
  EXPECT_EQ(sink.stamped, 41u);
  EXPECT_EQ(stamp_.index, no_task);
}

TEST_F(TaskLoopTest, a_failure_replaces_what_the_task_wrote) {
  open({10, 3});
  TaskLoop loop({10, 3}, claim_, stamp_, sink_, {3, 4711, 1, "node7"});
  while (loop.next()) {
    result(loop, loop.index());
    if (loop.position() != 1) continue;
    base::Failure f;
    f.type = "ValueError";
    loop.fail(f);
  }
  base::Bytes values;
  std::vector<std::uint64_t> failed;
  for (const auto& block : sink_.blocks) {
    base::append(values, block.values);
    for (const auto position : block.failed) failed.push_back(block.tasks.first + position);
  }
  EXPECT_THAT(failed, ::testing::ElementsAre(11));
  std::size_t offset = 0;
  EXPECT_EQ(base::unpack_value(values, offset).get().as<int>(), 10);
  const auto value = base::unpack_value(values, offset);
  ASSERT_EQ(value.get().type, msgpack::type::EXT);
  const auto failure = testing::failure_in(value.get());
  EXPECT_EQ(failure.type, "ValueError");
  EXPECT_EQ(failure.rank, 3);
  EXPECT_EQ(failure.pid, 4711);
  EXPECT_EQ(failure.host, "node7");
  EXPECT_EQ(failure.attempts, 2u);
  EXPECT_EQ(base::unpack_value(values, offset).get().as<int>(), 12);
  EXPECT_EQ(offset, values.size());
}

TEST_F(TaskLoopTest, blocks_can_be_decoded_whatever_is_in_them) {
  open({0, 200});
  TaskLoop loop({0, 200}, claim_, stamp_, sink_);
  while (loop.next()) {
    if (loop.position() % 3 == 0) loop.capture("text");
    if (loop.position() % 7 == 0)
      loop.fail({});
    else
      base::pack_to(loop.values(), std::string(loop.position() * 500, 'x'));
  }
  std::uint64_t tasks = 0, failed = 0, captured = 0;
  for (const auto& block : sink_.blocks) {
    base::Bytes bytes;
    base::encode_block(bytes, block);
    const auto decoded = base::decode_block(bytes);
    tasks += decoded.tasks.count;
    failed += decoded.failed.size();
    captured += decoded.captures.size();
  }
  EXPECT_GT(sink_.blocks.size(), 1u) << "big blocks are delivered before the end";
  EXPECT_EQ(tasks, 200u);
  EXPECT_EQ(failed, 29u);
  EXPECT_EQ(captured, 67u);
}

TEST_F(TaskLoopTest, delivers_before_the_end_when_a_block_has_become_old) {
  open({0, 4});
  TaskLoop loop({0, 4}, claim_, stamp_, sink_);
  ASSERT_TRUE(loop.next());
  result(loop, 0);
  last_for(30ms);
  ASSERT_TRUE(loop.next());
  EXPECT_EQ(sink_.blocks.size(), 1u);
  result(loop, 1);
  while (loop.next()) result(loop, loop.index());
  EXPECT_THAT(values(0), ::testing::ElementsAre(0, 1, 2, 3));
}

TEST_F(TaskLoopTest, blocks_come_no_more_often_than_asked_for) {
  open({0, 3});
  TaskLoop loop({0, 3}, claim_, stamp_, sink_, {}, 900'000'000);
  while (loop.next()) {
    result(loop, loop.index());
    last_for(30ms);
  }
  EXPECT_EQ(sink_.blocks.size(), 1u);
}

TEST_F(TaskLoopTest, the_longer_a_chunk_lasts_the_rarer_its_blocks) {
  constexpr std::uint64_t tasks = 40;
  open({0, tasks});
  TaskLoop loop({0, tasks}, claim_, stamp_, sink_);
  while (loop.next()) {
    result(loop, loop.index());
    last_for(10ms);
  }
  EXPECT_LE(sink_.blocks.size(), 8u);  // one every 20 ms would be 20
  EXPECT_GE(sink_.blocks.size(), 2u);
}

TEST_F(TaskLoopTest, tasks_of_a_millisecond_and_more_are_timed_one_by_one) {
  open({0, 3});
  TaskLoop loop({0, 3}, claim_, stamp_, sink_);
  while (loop.next()) {
    last_for(2ms);
    result(loop, 0);
  }
  std::uint32_t last_start = 0;
  for (const auto& block : sink_.blocks) {
    ASSERT_EQ(block.times.size(), block.tasks.count);
    for (const auto& time : block.times) {
      EXPECT_GE(time.duration_us, 2000u);
      EXPECT_GE(time.start_us, last_start);
      last_start = time.start_us;
    }
    EXPECT_GE(block.busy_ns, 2'000'000 * static_cast<std::int64_t>(block.tasks.count));
    EXPECT_GE(block.end_ns - block.start_ns, block.busy_ns);
    last_start = 0;
  }
}

TEST_F(TaskLoopTest, shorter_tasks_are_not) {
  open({0, 1000});
  TaskLoop loop({0, 1000}, claim_, stamp_, sink_);
  while (loop.next()) result(loop, 0);
  ASSERT_FALSE(sink_.blocks.empty());
  for (const auto& block : sink_.blocks) {
    const bool short_tasks = block.busy_ns < 1'000'000 * static_cast<std::int64_t>(block.tasks.count);
    EXPECT_EQ(block.times.empty(), short_tasks) << "a task that loses the core for long is no short one";
    EXPECT_GT(block.busy_ns, 0);
  }
}

TEST_F(TaskLoopTest, output_belongs_to_the_task_that_wrote_it_where_tasks_are_long_enough) {
  open({20, 3});
  TaskLoop loop({20, 3}, claim_, stamp_, sink_);
  while (loop.next()) {
    if (loop.position() != 1) sink_.printed += "from " + std::to_string(loop.index());
    last_for(200us);
    result(loop, 0);
  }
  EXPECT_THAT(captured(), ::testing::ElementsAre(Pair(20, "from 20"), Pair(22, "from 22")));
}

TEST_F(TaskLoopTest, output_of_a_failed_task_is_its_own_however_short_it_was) {
  open({0, 2});
  TaskLoop loop({0, 2}, claim_, stamp_, sink_);
  ASSERT_TRUE(loop.next());
  sink_.printed = "before it failed";
  loop.fail({});
  ASSERT_TRUE(loop.next());
  result(loop, 0);
  EXPECT_FALSE(loop.next());
  EXPECT_THAT(captured(), ::testing::ElementsAre(Pair(0, "before it failed")));
}

TEST_F(TaskLoopTest, attached_text_joins_what_was_captured) {
  open({0, 1});
  TaskLoop loop({0, 1}, claim_, stamp_, sink_);
  ASSERT_TRUE(loop.next());
  loop.capture("a");
  loop.capture("");
  loop.capture("b");
  sink_.printed = "c";
  loop.fail({});
  EXPECT_FALSE(loop.next());
  EXPECT_THAT(captured(), ::testing::ElementsAre(Pair(0, "abc")));
}

TEST_F(TaskLoopTest, output_between_the_last_task_and_the_end_is_not_lost) {
  open({0, 2});
  TaskLoop loop({0, 2}, claim_, stamp_, sink_);
  while (loop.next()) {
    if (loop.position() == 1) sink_.printed = "tail";
    result(loop, 0);
  }
  EXPECT_THAT(captured(), ::testing::ElementsAre(Pair(1, "tail")));
}

TEST_F(TaskLoopTest, ends_early_when_the_rest_is_taken_back) {
  open({0, 10});
  TaskLoop loop({0, 10}, claim_, stamp_, sink_);
  while (loop.next()) {
    result(loop, loop.index());
    if (loop.position() == 2) {
      EXPECT_EQ(claim_.take_back(5), 5u);
    }
    if (loop.position() == 3) {
      EXPECT_EQ(claim_.take_back(0), 4u);
    }
  }
  EXPECT_THAT(values(0), ::testing::ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(stamp_.index, no_task);
}

}  // namespace
}  // namespace mproc::exec
