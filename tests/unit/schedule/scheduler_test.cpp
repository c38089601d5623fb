#include "mproc/schedule/scheduler.hpp"

#include "unit/schedule/desk.hpp"

namespace mproc::schedule {
namespace {

using base::TaskRange;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

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
