#include <deque>

#include "unit/schedule/desk.hpp"

namespace mproc::schedule {
namespace {

using base::TaskRange;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Scheduler, takes_back_queued_chunks_when_a_worker_idles) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 2);
  ASSERT_EQ(desk.sent_to(1).size(), 2u);
  EXPECT_THAT(desk.recalls, IsEmpty());
  desk.ready(2);
  ASSERT_EQ(desk.recalls.size(), 1u);
  EXPECT_EQ(desk.recalls[0].worker.value, 1);
  EXPECT_EQ(desk.recalls[0].chunk, desk.sends[1].chunk);  // behind the one that runs
  EXPECT_EQ(desk.recalls[0].keep, 0u);
  ASSERT_TRUE(desk.scheduler.taken_back({1}, desk.sends[1].chunk, {1, 1}));
  desk.take();
  EXPECT_EQ(desk.sent_to(2).at(0).tasks, (TaskRange{1, 1}));
}

TEST(Scheduler, half_of_a_running_chunk_is_asked_back) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 100, {.chunk = 100});
  ASSERT_TRUE(desk.scheduler.tasks_done({1}, desk.sends.at(0).chunk, {0, 20}, {}, 20 * ms));
  desk.ready(2);
  ASSERT_EQ(desk.recalls.size(), 1u);
  EXPECT_EQ(desk.recalls[0].keep, 60u);  // counted in the chunk as sent
  ASSERT_TRUE(desk.scheduler.taken_back({1}, desk.sends[0].chunk, {60, 40}));
  desk.take();
  EXPECT_EQ(desk.sent_to(2).at(0).tasks, (TaskRange{60, 40}));
  EXPECT_FALSE(desk.scheduler.tasks_done({1}, desk.sends[0].chunk, {20, 41}, {}, ms));
  EXPECT_TRUE(desk.scheduler.tasks_done({1}, desk.sends[0].chunk, {20, 40}, {}, ms));
}

TEST(Scheduler, a_worker_splits_its_own_chunk_when_its_other_executors_idle) {
  Desk desk;
  desk.ready(1, 2);
  desk.open(stage_a, 10, {.chunk = 10});
  ASSERT_EQ(desk.recalls.size(), 1u);
  EXPECT_EQ(desk.recalls[0].keep, 5u);
}

TEST(Scheduler, one_recall_at_a_time_for_each_idle_executor) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 2'000, {.chunk = 100});
  desk.complete(desk.sends.at(0), 10 * us);
  ASSERT_GT(desk.scheduler.outstanding(), 1'000u);
  while (desk.scheduler.pending(stage_a) > 0) desk.complete(desk.sends.at(++desk.next_to_run), 10 * us);
  EXPECT_THAT(desk.recalls, IsEmpty());
  desk.ready(2);
  EXPECT_EQ(desk.recalls.size(), 1u);
  desk.ready(3, 2);
  ASSERT_EQ(desk.recalls.size(), 3u);
  EXPECT_NE(desk.recalls[0].chunk, desk.recalls[1].chunk);
  EXPECT_NE(desk.recalls[1].chunk, desk.recalls[2].chunk);
}

TEST(Scheduler, a_denied_recall_is_not_repeated_until_the_worker_reports) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 100, {.chunk = 100});
  desk.ready(2);
  ASSERT_EQ(desk.recalls.size(), 1u);
  ASSERT_TRUE(desk.scheduler.taken_back({1}, desk.sends.at(0).chunk, {100, 0}));
  desk.take();
  desk.ready(3);
  EXPECT_EQ(desk.recalls.size(), 1u);
  ASSERT_TRUE(desk.scheduler.tasks_done({1}, desk.sends[0].chunk, {0, 10}, {}, 10 * ms));
  desk.take();
  EXPECT_EQ(desk.recalls.size(), 2u);
}

TEST(Scheduler, an_answer_after_the_chunks_end_is_refused_and_frees_the_idle_worker) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 3, {.chunk = 1});
  desk.ready(2);
  const Recall recall = desk.recalls.empty() ? Recall{} : desk.recalls[0];
  desk.complete(desk.sent_to(2).at(0), ms);  // it took the third task at once, then idles
  ASSERT_EQ(desk.recalls.size(), 1u);
  EXPECT_EQ(recall.chunk.value, 0u);
  desk.complete(desk.sent_to(1).at(0), ms);
  desk.complete(desk.sent_to(1).at(1), ms);
  EXPECT_FALSE(desk.scheduler.taken_back({1}, desk.recalls[0].chunk, {1, 1}));
  EXPECT_THAT(desk.done, ElementsAre(stage_a));
  desk.sends.clear();
  desk.ready(2, 0);
  desk.open(stage_b, 2);
  desk.ready(2, 1);
  EXPECT_EQ(desk.recalls.size(), 2u);
}

TEST(Scheduler, only_the_end_of_a_chunk_can_be_taken_back) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 100, {.chunk = 100});
  const base::ChunkId chunk = desk.sends.at(0).chunk;
  EXPECT_FALSE(desk.scheduler.taken_back({1}, chunk, {50, 10}));
  EXPECT_FALSE(desk.scheduler.taken_back({1}, chunk, {90, 11}));
  EXPECT_EQ(desk.scheduler.outstanding(), 100u);
  EXPECT_TRUE(desk.scheduler.taken_back({1}, chunk, {90, 10}));  // unasked is as good
}

/// Eight workers that hold `chunks` chunks of a tenth of a millisecond each; nothing is pending.
struct ShortQueues {
  explicit ShortQueues(std::size_t chunks) {
    for (int rank = 1; rank <= 8; ++rank) desk.ready(rank);
    desk.open(stage_a, 500'000, {.chunk = 100});
    std::size_t i = 0;
    while (desk.scheduler.pending(stage_a) > 0) desk.complete(desk.sends.at(i++), 1 * us);
    for (; i < desk.sends.size(); ++i) held[desk.sends[i].worker.value].push_back(desk.sends[i]);
    shorten_all(chunks, 1);
  }
  /// All from `first_rank` on, in turns.
  void shorten_all(std::size_t chunks, int first_rank) {
    for (bool more = true; more;) {
      more = false;
      for (int rank = first_rank; rank <= 8; ++rank) {
        if (held[rank].size() <= chunks) continue;
        complete_one(rank);
        more = true;
      }
    }
  }
  void complete_one(int rank) {
    desk.complete(held[rank].front(), 1 * us);
    held[rank].pop_front();
  }
  void complete_all(int rank) {
    while (!held[rank].empty()) complete_one(rank);
  }
  Desk desk;
  std::map<int, std::deque<Send>> held;
};

TEST(Scheduler, little_queued_work_stays_where_it_is_while_others_are_busy) {
  ShortQueues queues(4);
  queues.complete_all(1);
  EXPECT_THAT(queues.desk.recalls, IsEmpty());
}

TEST(Scheduler, much_queued_work_is_shared) {
  ShortQueues queues(20);
  queues.complete_all(1);
  EXPECT_EQ(queues.desk.recalls.size(), 1u);
}

TEST(Scheduler, a_silent_worker_is_relieved_though_its_queue_looks_short) {
  ShortQueues queues(5);
  queues.shorten_all(2, 2);
  queues.complete_all(2);
  ASSERT_EQ(queues.desk.recalls.size(), 1u);
  EXPECT_EQ(queues.desk.recalls[0].worker.value, 1);
}

TEST(Scheduler, when_half_of_all_executors_idle_short_queues_are_shared_too) {
  ShortQueues queues(2);
  for (int rank = 1; rank <= 3; ++rank) queues.complete_all(rank);
  EXPECT_THAT(queues.desk.recalls, IsEmpty());
  queues.complete_all(4);
  EXPECT_EQ(queues.desk.recalls.size(), 4u);
}

TEST(Scheduler, nothing_is_recalled_while_tasks_are_pending) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 1'000);
  for (int rank = 2; rank < 20; ++rank) desk.ready(rank);
  EXPECT_THAT(desk.recalls, IsEmpty());
}

TEST(Scheduler, a_worker_that_lost_its_executors_is_asked_for_everything_it_has_not_started) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 2);
  desk.ready(1, 0);
  desk.ready(2, 2);
  ASSERT_EQ(desk.recalls.size(), 2u);
  EXPECT_TRUE(desk.scheduler.taken_back({1}, desk.recalls[0].chunk, {1, 1}));
  EXPECT_TRUE(desk.scheduler.taken_back({1}, desk.recalls[1].chunk, {0, 1}));
  desk.take();
  EXPECT_EQ(desk.sent_to(2).size(), 2u);
}

TEST(Scheduler, a_lost_worker_answers_no_recall_and_blocks_none) {
  Desk desk;
  desk.ready(1);
  desk.open(stage_a, 2);
  desk.ready(2);
  ASSERT_EQ(desk.recalls.size(), 1u);
  desk.scheduler.worker_lost({1}, {});
  desk.take();
  ASSERT_EQ(desk.sent_to(2).size(), 2u);
  desk.ready(3);
  EXPECT_EQ(desk.recalls.size(), 2u);
  EXPECT_EQ(desk.recalls[1].worker.value, 2);
}

}  // namespace
}  // namespace mproc::schedule
