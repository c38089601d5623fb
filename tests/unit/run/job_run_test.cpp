// Tasks of a job's run: each has its outcome once, whatever happens to it.
#include <random>
#include <utility>

#include "job_run_fixture.hpp"

namespace mproc::run {
namespace {

using testing::Crash;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Raise;
using testing::Session;

TEST_F(JobRunTest, runs_every_task_once_and_keeps_all_results) {
  for (const int workers : {1, 2, 5}) {
    begun_.clear();
    options_.fresh = true;
    Session session(job(1000), options_, workers, counted(square));
    const auto& result = session.run();
    EXPECT_EQ(result.status, base::ExitStatus::success) << result.text;
    EXPECT_THAT(result.text, HasSubstr("1000 of 1000 tasks done: 1000 succeeded, 0 failed, in "));
    EXPECT_FALSE(session.job_run->central().lossy());
    EXPECT_EQ(session.notes.runs_begun, 1);
    expect_squares(1000);
    for (const auto& [task, times] : begun_) EXPECT_EQ(times, 1) << task;
    EXPECT_EQ(begun_.size(), 1000u);
  }
}

TEST_F(JobRunTest, ends_with_the_run_finished_and_owned_by_nobody) {
  Session(job(3), options_, 1, square).run();
  const journal::Index index(*last_run());
  EXPECT_EQ(index.end()->state, "finished");
  EXPECT_TRUE(index.items()->complete);
  EXPECT_EQ(index.items()->count, 3u);
  EXPECT_FALSE(std::filesystem::exists(last_run()->path() / "owner"));
}

TEST_F(JobRunTest, failures_are_outcomes_and_the_summary_groups_them) {
  Session session(job(10), options_, 2, [](std::uint64_t task, std::uint32_t) -> std::uint64_t {
    if (task % 4 == 1) throw Raise{"bad x"};
    return task;
  });
  const auto& result = session.run();
  EXPECT_EQ(result.status, base::ExitStatus::task_failed);
  EXPECT_THAT(result.text, HasSubstr("10 of 10 tasks done: 7 succeeded, 3 failed"));
  EXPECT_THAT(result.text, HasSubstr("3 × ValueError: bad x (tasks 1, 5, 9)"));
  EXPECT_THAT(result.text, HasSubstr("--retry-failed runs the failed tasks again"));
  EXPECT_EQ(outcomes(10)[5], "failed: ValueError: bad x");
  EXPECT_EQ(outcomes(10)[6], "6");
}

TEST_F(JobRunTest, keeps_why_a_task_had_to_be_tried_again_and_that_a_rank_was_lost) {
  std::map<std::uint64_t, int> times;
  Session session(job(20, "retries = 1"), options_, 2,
                  [&](std::uint64_t task, std::uint32_t attempt) -> std::uint64_t {
                    const int before = times[task]++;
                    if (task == 5 && attempt == 0) throw Raise{"not yet"};
                    if (task == 6 && before == 0) throw Crash{};
                    if (task == 7 && before == 0) throw testing::Killed{};
                    if (task == 8) throw Crash{};
                    return task * task;
                  });
  session.run();
  const journal::Index index(*last_run());
  const auto failure_at = [&](std::uint64_t task, std::size_t number) {
    const auto tries = index.tries(only_stage, {task, 1}).at(task);
    std::size_t offset = 0;
    const auto value = base::unpack_value(tries.at(number).outcome.value, offset);
    return mproc::testing::failure_in(value.get());
  };
  EXPECT_EQ(index.succeeded(only_stage), 19u);
  EXPECT_EQ(index.tries(only_stage, {5, 1}).at(5).size(), 2u);
  EXPECT_EQ(failure_at(5, 0).summary(), "ValueError: not yet");
  EXPECT_EQ(index.tries(only_stage, {6, 1}).at(6).size(), 2u);
  EXPECT_EQ(failure_at(6, 0).kind, base::FailureKind::crash);
  EXPECT_EQ(failure_at(6, 0).attempts, 1u);
  EXPECT_EQ(index.tries(only_stage, {7, 1}).at(7).size(), 2u);
  EXPECT_EQ(failure_at(7, 0).summary(), "its worker rank was lost");
  EXPECT_EQ(failure_at(7, 0).host, "node" + std::to_string(failure_at(7, 0).rank));
  EXPECT_EQ(index.tries(only_stage, {8, 1}).at(8).size(), 3u) << "lost-retries is 2";
  EXPECT_EQ(failure_at(8, 2).attempts, 3u);
  std::vector<std::string> events;
  for (const auto& event : index.events()) events.push_back(event.text);
  ASSERT_EQ(events.size(), 3u);
  EXPECT_THAT(events[0], HasSubstr("begun by pid "));
  EXPECT_THAT(events[1], HasSubstr("is lost (its process died); its tasks run elsewhere"));
  EXPECT_EQ(events[2], "finished");
}

TEST_F(JobRunTest, retries_after_exceptions_as_often_as_the_job_says) {
  Session session(job(20, "retries = 2"), options_, 2,
                  counted([](std::uint64_t task, std::uint32_t attempt) -> std::uint64_t {
                    if (task == 7 && attempt < 2) throw Raise{"not yet"};
                    if (task == 8) throw Raise{"never"};
                    return task * task;
                  }));
  EXPECT_EQ(session.run().status, base::ExitStatus::task_failed);
  EXPECT_EQ(outcomes(20)[7], "49");
  EXPECT_EQ(outcomes(20)[8], "failed: ValueError: never");
  EXPECT_EQ(begun_[7], 3);
  EXPECT_EQ(begun_[8], 3);
  EXPECT_EQ(begun_[9], 1);
}

TEST_F(JobRunTest, a_crash_costs_its_task_and_no_other) {
  Session session(job(50, "lost-retries = 2"), options_, 2,
                  counted([](std::uint64_t task, std::uint32_t) -> std::uint64_t {
                    if (task == 7) throw Crash{};
                    return task * task;
                  }));
  const auto& result = session.run();
  EXPECT_EQ(result.status, base::ExitStatus::task_failed);
  EXPECT_THAT(result.text, HasSubstr("49 succeeded, 1 failed"));
  EXPECT_EQ(outcomes(50)[7], "failed: the executor was killed by SIGSEGV (Segmentation fault)");
  EXPECT_EQ(begun_[7], 3);
}

TEST_F(JobRunTest, a_task_that_crashed_once_is_run_again) {
  bool crashed = false;
  Session session(job(50), options_, 1, [&](std::uint64_t task, std::uint32_t) -> std::uint64_t {
    if (task == 7 && !std::exchange(crashed, true)) throw Crash{};
    return task * task;
  });
  EXPECT_EQ(session.run().status, base::ExitStatus::success);
  expect_squares(50);
}

TEST_F(JobRunTest, survives_random_failures_crashes_and_losses_with_every_outcome_once) {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    options_.fresh = true;
    std::mt19937_64 random(seed);
    int alive = 4;
    Session* here = nullptr;
    Session session(job(2000, "retries = 50\nlost-retries = 50"), options_, 4,
                    [&](std::uint64_t task, std::uint32_t) -> std::uint64_t {
                      const auto dice = random() % 1000;
                      if (dice < 10) throw Raise{"bad luck"};
                      if (dice < 14) throw Crash{};
                      if (dice == 14 && alive > 1) here->kill(base::Rank{alive--});
                      return task * task;
                    });
    here = &session;
    const auto& result = session.run();
    EXPECT_EQ(result.status, base::ExitStatus::success) << result.text;
    expect_squares(2000);
    const journal::Index index(*last_run());
    EXPECT_EQ(index.succeeded(only_stage), 2000u);
    EXPECT_THAT(index.damage(), IsEmpty());
  }
}

}  // namespace
}  // namespace mproc::run
