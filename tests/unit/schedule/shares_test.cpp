#include "mproc/schedule/scheduler.hpp"

#include "unit/schedule/desk.hpp"

namespace mproc::schedule {
namespace {

using ::testing::IsEmpty;

TEST(Shares, the_least_loaded_worker_is_filled_first) {
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

TEST(Shares, an_idle_executor_goes_before_a_busy_one_with_less_work) {
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

TEST(Shares, what_is_wanted_follows_the_executors) {
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

TEST(Shares, hungry_workers_are_filled_when_tasks_come) {
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

TEST(Shares, stages_share_the_workers_by_time) {
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

TEST(Shares, a_stage_that_comes_later_gets_its_share_and_not_more) {
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

}  // namespace
}  // namespace mproc::schedule
