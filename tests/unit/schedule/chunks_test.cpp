#include "mproc/schedule/scheduler.hpp"

#include "unit/schedule/desk.hpp"

namespace mproc::schedule {
namespace {

using ::testing::ElementsAre;

TEST(Chunks, first_chunks_are_small_until_a_time_is_known) {
  Desk desk;
  desk.ready(1);
  desk.ready(2, 3);
  desk.open(stage_a, 1'000'000);
  EXPECT_EQ(desk.sent_to(1).size(), 2u);
  EXPECT_EQ(desk.sent_to(2).size(), 6u);
  for (const Send& send : desk.sends) EXPECT_EQ(send.tasks.count, 1u);
  EXPECT_EQ(desk.scheduler.task_ns(stage_a), 0);
}

TEST(Chunks, chunks_grow_at_most_fourfold_per_report_up_to_the_target_duration) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 10'000'000);
  std::uint64_t longest = 1;
  for (int report = 0; report < 30; ++report) {
    desk.complete(desk.sends[static_cast<std::size_t>(report)], 1 * us);
    for (const Send& send : desk.fresh) {
      EXPECT_LE(send.tasks.count, 4 * longest);
    }
    for (const Send& send : desk.fresh) longest = std::max(longest, send.tasks.count);
  }
  EXPECT_EQ(longest, 5'000u);
  EXPECT_NEAR(desk.scheduler.task_ns(stage_a), 1'000, 1);
}

TEST(Chunks, long_tasks_travel_one_by_one) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 50);
  desk.run_all(10 * ms);
  EXPECT_EQ(desk.sends.size(), 50u);
  EXPECT_THAT(desk.done, ElementsAre(stage_a));
}

TEST(Chunks, a_slow_first_task_does_not_keep_chunks_short) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 10'000'000);
  desk.complete(desk.sends[0], 500 * ms);
  for (std::size_t report = 1; report < 60; ++report) desk.complete(desk.sends[report], 1 * us);
  EXPECT_GT(desk.sends.back().tasks.count, 2'000u);
}

TEST(Chunks, tail_chunks_shrink_to_what_central_needs_to_keep_up) {
  Desk desk({.central_chunk_ns = 3 * us, .central_message_ns = 1 * us});
  constexpr std::uint64_t round = 4 * 4;  // tasks of a microsecond while central sends four chunks
  for (int rank = 1; rank <= 4; ++rank) desk.ready(rank);
  desk.open(stage_a, 100'000);
  std::uint64_t handed_out = 0;
  for (std::size_t i = 0; i < desk.sends.size(); ++i) {
    const Send send = desk.sends[i];
    const std::uint64_t remaining = 100'000 - handed_out;
    handed_out += send.tasks.count;
    EXPECT_LE(send.tasks.count, std::max(remaining / 8, round));
    desk.complete(send, 1 * us);
  }
  EXPECT_EQ(handed_out, 100'000u);
  EXPECT_LE(desk.sends.back().tasks.count, round);
  EXPECT_THAT(desk.done, ElementsAre(stage_a));
}

TEST(Chunks, a_known_total_keeps_chunks_long_while_little_is_read_ahead) {
  Desk desk;
  desk.ready(1);
  desk.scheduler.open_stage(stage_a, {});
  desk.scheduler.set_total(stage_a, 10'000'000);
  std::uint64_t read = 0;
  for (std::size_t i = 0; i < 40; ++i) {
    const std::uint64_t wanted = desk.scheduler.wanted(stage_a);
    const std::uint64_t pending = desk.scheduler.pending(stage_a);
    if (wanted > pending) {
      desk.scheduler.add_tasks(stage_a, {read, wanted - pending}, 0);
      read += wanted - pending;
      desk.take();
    }
    desk.complete(desk.sends.at(i), 1 * us);
  }
  EXPECT_EQ(desk.sends.back().tasks.count, 5'000u);
  EXPECT_LT(read, 500'000u);
}

TEST(Chunks, an_open_ended_input_reaches_full_chunks_with_what_is_wanted) {
  Desk desk;
  desk.ready(1);
  desk.ready(2);
  desk.scheduler.open_stage(stage_a, {});
  std::uint64_t read = 0;
  std::uint64_t longest = 0;
  for (std::size_t i = 0; i < 100; ++i) {
    const std::uint64_t wanted = desk.scheduler.wanted(stage_a);
    const std::uint64_t pending = desk.scheduler.pending(stage_a);
    ASSERT_GT(wanted, 0u);
    if (wanted > pending) {
      desk.scheduler.add_tasks(stage_a, {read, wanted - pending}, 0);
      read += wanted - pending;
      desk.take();
    }
    desk.complete(desk.sends.at(i), 1 * us);
    longest = std::max(longest, desk.sends.back().tasks.count);
  }
  EXPECT_EQ(longest, 5'000u);
}

TEST(Chunks, pinned_length_is_kept) {
  Desk desk;
  desk.ready(1);
  desk.ready(2);
  desk.open(stage_a, 1'003, {.chunk = 10});
  desk.run_all(1 * us);
  ASSERT_EQ(desk.sends.size(), 101u);
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(desk.sends[i].tasks.count, 10u);
  EXPECT_EQ(desk.sends.back().tasks.count, 3u);
}

TEST(Chunks, none_is_longer_than_its_stage_allows) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 10'000, {.longest = 7});
  desk.run_all(us);
  for (const Send& send : desk.sends) EXPECT_LE(send.tasks.count, 7u);
  EXPECT_EQ(desk.done.size(), 1u);
}

TEST(Chunks, pinned_chunks_of_null_tasks_get_a_deep_queue) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 1'000'000, {.chunk = 1});
  EXPECT_EQ(desk.sends.size(), 2u);
  desk.complete(desk.sends[0], 100);
  EXPECT_EQ(desk.scheduler.outstanding(), 4096u);
  EXPECT_GE(desk.scheduler.wanted(stage_a), 4096u);
}

TEST(Chunks, credit_is_counted_in_time_but_allows_two_chunks) {
  Desk desk;
  desk.ready(1, 2);
  desk.open(stage_a, 1'000, {.chunk = 1});
  desk.complete(desk.sends[0], 1 * ms);
  EXPECT_EQ(desk.scheduler.outstanding(), 30u);  // two executors, 15 ms each
  Desk slow;
  slow.ready(1, 2);
  slow.open(stage_a, 1'000);
  slow.complete(slow.sends[0], 1'000 * ms);
  EXPECT_EQ(slow.scheduler.outstanding(), 4u);
}

TEST(Chunks, bytes_ahead_are_capped_but_every_executor_gets_a_chunk) {
  const std::uint64_t mib = 1u << 20;
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 100, {}, 100 * 20 * mib);
  EXPECT_EQ(desk.sends.size(), 1u);  // two would be 40 MiB
  Desk huge;
  huge.ready(1, 3);
  huge.open(stage_a, 100, {}, 100 * 64 * mib);
  EXPECT_EQ(huge.sends.size(), 3u);
}

TEST(Chunks, chunks_stay_below_their_byte_limit) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 10'000, {}, 10'000ull << 20);
  for (std::size_t i = 0; i < 20; ++i) desk.complete(desk.sends[i], 1 * us);
  for (const Send& send : desk.sends) EXPECT_LE(send.tasks.count, 4u);
  EXPECT_EQ(desk.sends.back().tasks.count, 4u);
}

}  // namespace
}  // namespace mproc::schedule
