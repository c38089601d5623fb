#include "unit/schedule/desk.hpp"

namespace mproc::schedule {
namespace {

using base::TaskRange;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Scheduler, poisonous_task_is_retried_alone_then_failed) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 10, {.lost_retries = 2, .chunk = 10});
  ASSERT_TRUE(desk.scheduler.tasks_done({1}, desk.sends.at(0).chunk, {0, 3}, {}, ms));
  ASSERT_TRUE(desk.scheduler.executor_lost({1}, desk.sends.at(0).chunk, 5));
  desk.take();
  EXPECT_EQ(desk.scheduler.losses(stage_a, 5), 1u);
  EXPECT_EQ(desk.scheduler.losses(stage_a, 4), 0u);
  ASSERT_EQ(desk.fresh.size(), 3u);
  EXPECT_EQ(desk.fresh[0].tasks, (TaskRange{3, 2}));
  EXPECT_EQ(desk.fresh[1].tasks, (TaskRange{5, 1}));
  EXPECT_EQ(desk.fresh[2].tasks, (TaskRange{6, 4}));
  Send poisonous = desk.fresh[1];
  desk.complete(desk.fresh[0], ms);
  desk.complete(desk.sends.at(3), ms);
  ASSERT_TRUE(desk.scheduler.executor_lost({1}, poisonous.chunk, 5));
  desk.take();
  EXPECT_EQ(desk.fresh.at(0).tasks, (TaskRange{5, 1}));
  EXPECT_EQ(desk.fresh[0].attempt.value, 0u);  // losses use no retries
  ASSERT_TRUE(desk.scheduler.executor_lost({1}, desk.fresh[0].chunk, 5));
  desk.take();
  ASSERT_EQ(desk.failed_lost.size(), 1u);
  EXPECT_EQ(desk.failed_lost[0].task, 5u);
  EXPECT_EQ(desk.failed_lost[0].attempts, 3u);
  EXPECT_THAT(desk.done, ElementsAre(stage_a));
  EXPECT_THAT(desk.fresh, IsEmpty());
}

TEST(Scheduler, failures_and_losses_of_one_task_have_budgets_of_their_own) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 1, {.retries = 1, .lost_retries = 1});
  ASSERT_TRUE(desk.scheduler.executor_lost({1}, desk.sends.back().chunk, 0));
  desk.take();
  desk.complete(desk.fresh.at(0), ms, {0});
  EXPECT_EQ(desk.fresh.at(0).attempt.value, 1u);
  EXPECT_EQ(desk.scheduler.losses(stage_a, 0), 1u);
  ASSERT_TRUE(desk.scheduler.executor_lost({1}, desk.fresh[0].chunk, 0));
  desk.take();
  ASSERT_EQ(desk.failed_lost.size(), 1u);
  EXPECT_EQ(desk.failed_lost[0].attempts, 3u);
}

TEST(Scheduler, a_task_that_was_over_its_limit_uses_retries) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 3, {.retries = 1, .lost_retries = 0, .chunk = 3});
  ASSERT_TRUE(desk.scheduler.executor_lost({1}, desk.sends.at(0).chunk, 1, Budget::retries));
  desk.take();
  ASSERT_EQ(desk.fresh.size(), 2u);
  EXPECT_EQ(desk.fresh[1].tasks, (TaskRange{1, 1}));
  EXPECT_EQ(desk.fresh[1].attempt.value, 1u);
  const Send again = desk.fresh[1];
  desk.complete(desk.fresh[0], ms);
  desk.complete(desk.sends.at(3), ms);
  EXPECT_THAT(desk.failed_lost, IsEmpty());
  ASSERT_TRUE(desk.scheduler.executor_lost({1}, again.chunk, 1, Budget::retries));
  desk.take();
  ASSERT_EQ(desk.failed_lost.size(), 1u);
  EXPECT_EQ(desk.failed_lost[0].task, 1u);
  EXPECT_EQ(desk.failed_lost[0].attempts, 2u);
  EXPECT_THAT(desk.done, ElementsAre(stage_a));
}

TEST(Scheduler, a_drain_leaves_a_task_that_was_over_its_limit_without_an_outcome) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 1);
  desk.scheduler.drain();
  ASSERT_TRUE(desk.scheduler.executor_lost({1}, desk.sends.at(0).chunk, 0, Budget::retries));
  desk.take();
  EXPECT_THAT(desk.failed_lost, IsEmpty());
  EXPECT_EQ(desk.scheduler.outstanding(), 0u);
}

TEST(Scheduler, losses_stay_known_after_the_outcome) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 1);
  ASSERT_TRUE(desk.scheduler.executor_lost({1}, desk.sends.back().chunk, 0));
  desk.take();
  desk.complete(desk.fresh.at(0), ms, {0});
  EXPECT_THAT(desk.done, ElementsAre(stage_a));
  EXPECT_EQ(desk.scheduler.losses(stage_a, 0), 1u);
}

TEST(Scheduler, an_executor_lost_between_tasks_charges_none) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 10, {.lost_retries = 0, .chunk = 10});
  ASSERT_TRUE(desk.scheduler.tasks_done({1}, desk.sends.at(0).chunk, {0, 3}, {}, ms));
  ASSERT_TRUE(desk.scheduler.executor_lost({1}, desk.sends.at(0).chunk, std::nullopt));
  desk.take();
  EXPECT_EQ(desk.fresh.at(0).tasks, (TaskRange{3, 7}));
  EXPECT_THAT(desk.failed_lost, IsEmpty());
  // A task that had been reported before cannot be the culprit.
  ASSERT_TRUE(desk.scheduler.executor_lost({1}, desk.fresh[0].chunk, 1));
  desk.take();
  EXPECT_EQ(desk.fresh.at(0).tasks, (TaskRange{3, 7}));
  EXPECT_EQ(desk.scheduler.losses(stage_a, 1), 0u);
}

TEST(Scheduler, without_lost_retries_the_first_loss_fails_the_task) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 1, {.lost_retries = 0});
  ASSERT_TRUE(desk.scheduler.executor_lost({1}, desk.sends.at(0).chunk, 0));
  desk.take();
  EXPECT_EQ(desk.failed_lost.at(0).attempts, 1u);
  EXPECT_THAT(desk.done, ElementsAre(stage_a));
}

TEST(Scheduler, a_lost_workers_tasks_run_elsewhere) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 20, {.lost_retries = 0, .chunk = 10});
  EXPECT_EQ(desk.sends.size(), 2u);
  ASSERT_TRUE(desk.scheduler.tasks_done({1}, desk.sends[0].chunk, {0, 4}, {}, 40 * ms));
  desk.scheduler.worker_lost({1}, {});
  EXPECT_EQ(desk.scheduler.pending(stage_a), 16u);
  EXPECT_EQ(desk.scheduler.outstanding(), 0u);
  desk.ready(2);
  EXPECT_EQ(desk.sent_to(2).at(0).tasks, (TaskRange{4, 10}));
  EXPECT_EQ(desk.sent_to(2).at(1).tasks, (TaskRange{14, 6}));
  EXPECT_THAT(desk.failed_lost, IsEmpty());
}

TEST(Scheduler, a_lost_workers_running_task_is_charged) {
  Desk desk;
  desk.ready(1, 2);
  desk.open(stage_a, 20, {.lost_retries = 1, .chunk = 10});
  desk.scheduler.worker_lost({1}, {{stage_a, 12}, {stage_b, 3}, {stage_a, 0}, {stage_a, 99}});
  EXPECT_EQ(desk.scheduler.losses(stage_a, 12), 1u);
  EXPECT_EQ(desk.scheduler.losses(stage_a, 0), 1u);
  EXPECT_EQ(desk.scheduler.losses(stage_a, 99), 0u);
  desk.ready(2, 8);
  ASSERT_GE(desk.fresh.size(), 4u);
  EXPECT_EQ(desk.fresh[0].tasks, (TaskRange{0, 1}));
  EXPECT_EQ(desk.fresh[1].tasks, (TaskRange{1, 10}));
  EXPECT_EQ(desk.fresh[2].tasks, (TaskRange{11, 1}));
  EXPECT_EQ(desk.fresh[3].tasks, (TaskRange{12, 1}));
}

TEST(Scheduler, a_rank_can_come_back_as_a_new_worker) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 1);
  const Send before = desk.sends.at(0);
  desk.scheduler.worker_lost({1}, {});
  desk.ready(1);
  const Send after = desk.fresh.at(0);
  EXPECT_EQ(after.tasks, before.tasks);
  EXPECT_NE(after.chunk, before.chunk);
  EXPECT_FALSE(desk.scheduler.tasks_done({1}, before.chunk, before.tasks, {}, ms));
  desk.complete(after, ms);
  EXPECT_THAT(desk.done, ElementsAre(stage_a));
}

TEST(Scheduler, an_unknown_worker_can_be_lost) {
  Desk desk;
  desk.scheduler.worker_lost({7}, {{stage_a, 1}});
  desk.open(stage_a, 1);
  EXPECT_EQ(desk.scheduler.losses(stage_a, 1), 0u);
}

TEST(Scheduler, a_worker_without_executors_gets_nothing_and_keeps_what_it_has) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 100);
  desk.ready(1, 0);
  desk.complete(desk.sends.at(0), 10 * ms);
  EXPECT_THAT(desk.fresh, IsEmpty());
  EXPECT_EQ(desk.scheduler.outstanding(), 1u);
  desk.ready(1, 4);
  EXPECT_EQ(desk.scheduler.outstanding(), 8u);
}

}  // namespace
}  // namespace mproc::schedule
