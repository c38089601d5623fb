#include "mproc/schedule/scheduler.hpp"

#include "unit/schedule/desk.hpp"

namespace mproc::schedule {
namespace {

using base::TaskRange;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Scheduler, first_chunks_are_small_until_a_time_is_known) {
  Desk desk;
  desk.ready(1);
  desk.ready(2, 3);
  desk.open(stage_a, 1'000'000);
  EXPECT_EQ(desk.sent_to(1).size(), 2u);
  EXPECT_EQ(desk.sent_to(2).size(), 6u);
  for (const Send& send : desk.sends) EXPECT_EQ(send.tasks.count, 1u);
  EXPECT_EQ(desk.scheduler.task_ns(stage_a), 0);
}

TEST(Scheduler, chunks_grow_at_most_fourfold_per_report_up_to_the_target_duration) {
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

TEST(Scheduler, long_tasks_travel_one_by_one) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 50);
  desk.run_all(10 * ms);
  EXPECT_EQ(desk.sends.size(), 50u);
  EXPECT_THAT(desk.done, ElementsAre(stage_a));
}

TEST(Scheduler, a_slow_first_task_does_not_keep_chunks_short) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 10'000'000);
  desk.complete(desk.sends[0], 500 * ms);
  for (std::size_t report = 1; report < 60; ++report) desk.complete(desk.sends[report], 1 * us);
  EXPECT_GT(desk.sends.back().tasks.count, 2'000u);
}

TEST(Scheduler, tail_chunks_shrink) {
  Desk desk;
  for (int rank = 1; rank <= 4; ++rank) desk.ready(rank);
  desk.open(stage_a, 100'000);
  std::uint64_t handed_out = 0;
  for (std::size_t i = 0; i < desk.sends.size(); ++i) {
    const Send send = desk.sends[i];
    const std::uint64_t remaining = 100'000 - handed_out;
    handed_out += send.tasks.count;
    EXPECT_LE(send.tasks.count, std::max<std::uint64_t>(remaining / 8, 1));
    desk.complete(send, 1 * us);
  }
  EXPECT_EQ(handed_out, 100'000u);
  EXPECT_EQ(desk.sends.back().tasks.count, 1u);
  EXPECT_THAT(desk.done, ElementsAre(stage_a));
}

TEST(Scheduler, a_known_total_keeps_chunks_long_while_little_is_read_ahead) {
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

TEST(Scheduler, an_open_ended_input_reaches_full_chunks_with_what_is_wanted) {
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

TEST(Scheduler, pinned_length_is_kept) {
  Desk desk;
  desk.ready(1);
  desk.ready(2);
  desk.open(stage_a, 1'003, {.chunk = 10});
  desk.run_all(1 * us);
  ASSERT_EQ(desk.sends.size(), 101u);
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(desk.sends[i].tasks.count, 10u);
  EXPECT_EQ(desk.sends.back().tasks.count, 3u);
}

TEST(Scheduler, pinned_chunks_of_null_tasks_get_a_deep_queue) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 1'000'000, {.chunk = 1});
  EXPECT_EQ(desk.sends.size(), 2u);
  desk.complete(desk.sends[0], 100);
  EXPECT_EQ(desk.scheduler.outstanding(), 4096u);
  EXPECT_GE(desk.scheduler.wanted(stage_a), 4096u);
}

TEST(Scheduler, credit_is_counted_in_time_but_allows_two_chunks) {
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

TEST(Scheduler, bytes_ahead_are_capped_but_every_executor_gets_a_chunk) {
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

TEST(Scheduler, chunks_stay_below_their_byte_limit) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 10'000, {}, 10'000ull << 20);
  for (std::size_t i = 0; i < 20; ++i) desk.complete(desk.sends[i], 1 * us);
  for (const Send& send : desk.sends) EXPECT_LE(send.tasks.count, 4u);
  EXPECT_EQ(desk.sends.back().tasks.count, 4u);
}

TEST(Scheduler, the_least_loaded_worker_is_filled_first) {
  Desk desk;
  desk.open(stage_a, 3);
  desk.ready(1);
  EXPECT_EQ(desk.sent_to(1).size(), 2u);
  desk.ready(2);
  desk.ready(3);
  EXPECT_EQ(desk.sent_to(2).size(), 1u);
  desk.scheduler.open_stage(stage_b, {});
  desk.scheduler.add_tasks(stage_b, {0, 1}, 0);
  desk.take();
  EXPECT_EQ(desk.sent_to(3).size(), 1u);
}

TEST(Scheduler, an_idle_executor_goes_before_a_busy_one_with_less_work) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 2);
  desk.complete(desk.sends.at(0), 1'000 * ms);
  desk.ready(1, 2);
  desk.ready(2);
  desk.scheduler.open_stage(stage_b, {});
  desk.scheduler.add_tasks(stage_b, {0, 1}, 0);
  desk.take();
  EXPECT_EQ(desk.fresh.at(0).worker.value, 2);
  desk.scheduler.add_tasks(stage_b, {1, 1}, 0);
  desk.take();
  EXPECT_EQ(desk.fresh.at(0).worker.value, 1);
}

TEST(Scheduler, what_is_wanted_follows_the_executors) {
  Desk desk;
  desk.scheduler.open_stage(stage_a, {});
  const std::uint64_t for_none = desk.scheduler.wanted(stage_a);
  EXPECT_GT(for_none, 0u);  // the first worker finds something
  desk.ready(1);
  const std::uint64_t for_one = desk.scheduler.wanted(stage_a);
  desk.ready(2, 9);
  EXPECT_EQ(desk.scheduler.wanted(stage_a), 10 * for_one);
  desk.scheduler.worker_lost({2}, {});
  EXPECT_EQ(desk.scheduler.wanted(stage_a), for_one);
  EXPECT_EQ(desk.scheduler.wanted(stage_b), 0u);
}

TEST(Scheduler, hungry_workers_are_filled_when_tasks_come) {
  Desk desk;
  desk.ready(1);
  desk.ready(2);
  desk.scheduler.open_stage(stage_a, {});
  desk.take();
  EXPECT_THAT(desk.sends, IsEmpty());
  desk.scheduler.add_tasks(stage_a, {0, 2}, 0);
  desk.take();
  EXPECT_EQ(desk.sent_to(1).size(), 1u);
  EXPECT_EQ(desk.sent_to(2).size(), 1u);
}

TEST(Scheduler, stages_share_the_workers_by_time) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 100'000);
  desk.open(stage_b, 100'000);
  std::map<base::StageKey, std::int64_t> given;
  for (std::size_t i = 0; i < 400; ++i) {
    const Send send = desk.sends.at(i);
    const std::int64_t task_ns = send.stage == stage_a ? 100 * us : 1'000 * us;
    given[send.stage] += task_ns * static_cast<std::int64_t>(send.tasks.count);
    desk.complete(send, task_ns);
  }
  const double ratio = static_cast<double>(given[stage_a]) / static_cast<double>(given[stage_b]);
  EXPECT_NEAR(ratio, 1, 0.05);
}

TEST(Scheduler, a_stage_that_comes_later_gets_its_share_and_not_more) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 100'000);
  std::size_t i = 0;
  for (; i < 200; ++i) desk.complete(desk.sends.at(i), 1 * ms);
  desk.open(stage_b, 100'000);
  std::map<base::StageKey, std::uint64_t> tasks;
  for (; i < 400; ++i) {
    tasks[desk.sends.at(i).stage] += desk.sends[i].tasks.count;
    desk.complete(desk.sends[i], 1 * ms);
  }
  EXPECT_NEAR(static_cast<double>(tasks[stage_b]) / static_cast<double>(tasks[stage_a]), 1, 0.1);
}

TEST(Scheduler, parts_of_a_chunk_are_reported_in_order) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 10, {.chunk = 10});
  const Send send = desk.sends.at(0);
  EXPECT_FALSE(desk.scheduler.tasks_done(send.worker, send.chunk, {4, 2}, {}, ms));
  EXPECT_TRUE(desk.scheduler.tasks_done(send.worker, send.chunk, {0, 4}, {}, ms));
  EXPECT_FALSE(desk.scheduler.tasks_done(send.worker, send.chunk, {0, 4}, {}, ms));
  EXPECT_FALSE(desk.scheduler.tasks_done(send.worker, send.chunk, {4, 7}, {}, ms));
  EXPECT_TRUE(desk.scheduler.tasks_done(send.worker, send.chunk, {4, 0}, {}, 0));
  desk.take();
  EXPECT_THAT(desk.done, IsEmpty());
  EXPECT_TRUE(desk.scheduler.tasks_done(send.worker, send.chunk, {4, 6}, {}, ms));
  desk.take();
  EXPECT_THAT(desk.done, ElementsAre(stage_a));
  EXPECT_FALSE(desk.scheduler.tasks_done(send.worker, send.chunk, {10, 0}, {}, ms));
}

TEST(Scheduler, stale_reports_are_refused) {
  Desk desk;
  desk.ready(1);
  desk.ready(2);
  desk.open(stage_a, 4);
  const Send send = desk.sent_to(1).at(0);
  EXPECT_FALSE(desk.scheduler.tasks_done({2}, send.chunk, send.tasks, {}, ms));
  EXPECT_FALSE(desk.scheduler.tasks_done({9}, send.chunk, send.tasks, {}, ms));
  EXPECT_FALSE(desk.scheduler.tasks_done({1}, {999}, send.tasks, {}, ms));
  EXPECT_FALSE(desk.scheduler.tasks_done({1}, send.chunk, send.tasks, {1}, ms));  // no such position
  EXPECT_FALSE(desk.scheduler.taken_back({2}, send.chunk, send.tasks));
  EXPECT_FALSE(desk.scheduler.executor_lost({2}, send.chunk, 0));
  EXPECT_EQ(desk.scheduler.outstanding(), 4u);
  desk.scheduler.worker_lost({1}, {});
  EXPECT_FALSE(desk.scheduler.tasks_done(send.worker, send.chunk, send.tasks, {}, ms));
  EXPECT_FALSE(desk.scheduler.executor_lost({1}, send.chunk, 0));
}

TEST(Scheduler, failed_tasks_are_retried_alone_until_their_retries_are_used_up) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 5, {.retries = 2, .chunk = 5});
  desk.complete(desk.sends.at(0), ms, {1, 3});
  ASSERT_EQ(desk.fresh.size(), 2u);
  EXPECT_EQ(desk.fresh[0].tasks, (TaskRange{1, 1}));
  EXPECT_EQ(desk.fresh[1].tasks, (TaskRange{3, 1}));
  EXPECT_EQ(desk.fresh[0].attempt.value, 1u);
  const Send three = desk.fresh[1];
  desk.complete(desk.fresh[0], ms, {0});
  EXPECT_EQ(desk.fresh.at(0).attempt.value, 2u);
  const Send last = desk.fresh[0];
  desk.complete(three, ms);
  EXPECT_THAT(desk.done, IsEmpty());
  desk.complete(last, ms, {0});
  EXPECT_THAT(desk.fresh, IsEmpty());
  EXPECT_THAT(desk.done, ElementsAre(stage_a));
}

TEST(Scheduler, retries_go_before_new_tasks) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 1'000, {.retries = 1});
  desk.complete(desk.sends.at(0), 10 * ms, {0});
  EXPECT_EQ(desk.fresh.at(0).tasks, (TaskRange{0, 1}));
  EXPECT_EQ(desk.fresh.at(0).attempt.value, 1u);
}

TEST(Scheduler, an_empty_stage_is_done_when_closed) {
  Desk desk;
  desk.scheduler.open_stage(stage_a, {});
  desk.scheduler.close_stage(stage_a);
  desk.take();
  EXPECT_THAT(desk.done, ElementsAre(stage_a));
}

TEST(Scheduler, an_open_stage_is_not_done_before_it_is_closed) {
  Desk desk;
  desk.ready(1);
  desk.scheduler.open_stage(stage_a, {});
  desk.scheduler.add_tasks(stage_a, {0, 1}, 0);
  desk.take();
  desk.complete(desk.sends.at(0), ms);
  EXPECT_THAT(desk.done, IsEmpty());
  desk.scheduler.add_tasks(stage_a, {5, 1}, 0);
  desk.take();
  EXPECT_EQ(desk.sends.at(1).tasks, (TaskRange{5, 1}));
  desk.complete(desk.sends.at(1), ms);
  desk.scheduler.close_stage(stage_a);
  desk.take();
  EXPECT_THAT(desk.done, ElementsAre(stage_a));
}

TEST(Scheduler, a_finished_stage_is_forgotten_when_the_next_opens) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 1);
  desk.run_all(ms);
  EXPECT_GT(desk.scheduler.task_ns(stage_a), 0);
  desk.open(stage_b, 1);
  EXPECT_EQ(desk.scheduler.task_ns(stage_a), 0);
  desk.open(stage_a, 1);
  desk.run_all(ms);
}

TEST(Scheduler, drain_hands_out_nothing_more) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 100, {.retries = 3});
  desk.open(stage_b, 100);
  const std::size_t sent = desk.sends.size();
  desk.scheduler.drain();
  EXPECT_EQ(desk.scheduler.pending(stage_a), 0u);
  EXPECT_EQ(desk.scheduler.wanted(stage_b), 0u);
  EXPECT_TRUE(desk.scheduler.tasks_done({1}, desk.sends[0].chunk, desk.sends[0].tasks, {0}, ms));
  EXPECT_TRUE(desk.scheduler.executor_lost({1}, desk.sends[1].chunk, desk.sends[1].tasks.first));
  desk.ready(2);
  desk.take();
  EXPECT_EQ(desk.sends.size(), sent);
  EXPECT_EQ(desk.scheduler.outstanding(), 0u);
  EXPECT_THAT(desk.done, IsEmpty());
  EXPECT_THAT(desk.failed_lost, IsEmpty());
}

TEST(Scheduler, draining_one_stage_leaves_the_others_running) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 100);
  desk.open(stage_b, 100);
  desk.scheduler.drain(stage_a);
  desk.run_all(ms);
  EXPECT_THAT(desk.done, ElementsAre(stage_b));
  desk.scheduler.drain(stage_a);  // twice is as good as once
  desk.scheduler.drain(stage_b);
}

TEST(Scheduler, a_drained_stage_takes_no_more_input) {
  Desk desk;
  desk.ready(1);
  desk.scheduler.open_stage(stage_a, {});
  desk.scheduler.drain(stage_a);
  desk.scheduler.add_tasks(stage_a, {0, 10}, 0);
  desk.scheduler.close_stage(stage_a);
  desk.take();
  EXPECT_THAT(desk.sends, IsEmpty());
  EXPECT_THAT(desk.done, IsEmpty());
}

TEST(SchedulerDeathTest, input_out_of_order_is_our_bug) {
  Scheduler scheduler;
  EXPECT_DEATH(scheduler.add_tasks(stage_a, {0, 1}, 0), "not open");
  scheduler.open_stage(stage_a, {});
  EXPECT_DEATH(scheduler.open_stage(stage_a, {}), "is open");
  scheduler.add_tasks(stage_a, {5, 5}, 0);
  EXPECT_DEATH(scheduler.add_tasks(stage_a, {0, 5}, 0), "come after");
  scheduler.close_stage(stage_a);
  EXPECT_DEATH(scheduler.add_tasks(stage_a, {10, 5}, 0), "closed stage");
}

}  // namespace
}  // namespace mproc::schedule
