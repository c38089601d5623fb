// How a job's run ends before its tasks are done.
#include <utility>

#include "job_run_fixture.hpp"

namespace mproc::run {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Raise;
using testing::Session;

TEST_F(JobRunTest, a_drained_run_goes_on_where_it_stopped) {
  {
    Session* here = nullptr;
    Session session(job(500, "", "chunk = 5"), options_, 2, counted([&](std::uint64_t task, std::uint32_t) {
                      if (begun_.size() == 100) here->job_run->drain(base::ExitStatus::drained);
                      return task * task;
                    }));
    here = &session;
    const auto& result = session.run();
    EXPECT_EQ(result.status, base::ExitStatus::drained);
    EXPECT_THAT(result.text, HasSubstr("the same command goes on where this run stopped"));
  }
  EXPECT_EQ(journal::Index(*last_run()).end()->state, "drained");
  const std::size_t first_part = begun_.size();
  EXPECT_GE(first_part, 100u);
  EXPECT_LT(first_part, 500u);

  Session session(job(500, "", "chunk = 5"), options_, 3, counted(square));
  EXPECT_EQ(session.run().status, base::ExitStatus::success);
  expect_squares(500);
  for (const auto& [task, times] : begun_) EXPECT_EQ(times, 1) << task;
  EXPECT_EQ(last_run()->name(), "sweep-0001");
  EXPECT_EQ(journal::Index(*last_run()).epoch().value, 2u);
}

TEST_F(JobRunTest, an_interrupted_run_says_so) {
  Session* here = nullptr;
  Session session(job(500, "", "chunk = 5"), options_, 2, [&](std::uint64_t task, std::uint32_t) {
    if (task == 10) here->job_run->drain(base::ExitStatus::interrupted);
    return task;
  });
  here = &session;
  EXPECT_EQ(session.run().status, base::ExitStatus::interrupted);
  EXPECT_EQ(journal::Index(*last_run()).end()->state, "interrupted");
}

TEST_F(JobRunTest, an_interrupt_after_a_drain_makes_it_an_interrupted_run_and_not_the_other_way_round) {
  for (const bool interrupt_first : {false, true}) {
    options_.fresh = true;
    Session* here = nullptr;
    Session session(job(500, "", "chunk = 5"), options_, 2, [&](std::uint64_t task, std::uint32_t) {
      using enum base::ExitStatus;
      if (task == 10) here->job_run->drain(interrupt_first ? interrupted : drained);
      if (task == 10) here->job_run->drain(interrupt_first ? drained : interrupted);
      return task;
    });
    here = &session;
    EXPECT_EQ(session.run().status, base::ExitStatus::interrupted);
  }
}

TEST_F(JobRunTest, a_drain_amid_the_last_task_leaves_the_run_finished) {
  for (const bool fails : {false, true}) {
    options_.fresh = true;
    Session* here = nullptr;
    Session session(job(20), options_, 1, [&](std::uint64_t task, std::uint32_t) -> std::uint64_t {
      if (task == 19) here->job_run->drain(base::ExitStatus::interrupted);
      if (task == 19 && fails) throw Raise{"bad"};
      return task;
    });
    here = &session;
    const auto& result = session.run();
    EXPECT_EQ(result.status, fails ? base::ExitStatus::task_failed : base::ExitStatus::success);
    EXPECT_THAT(result.text, HasSubstr("20 of 20 tasks done"));
    EXPECT_EQ(journal::Index(*last_run()).end()->state, "finished");
  }
}

TEST_F(JobRunTest, ranks_that_are_lost_in_a_drain_are_not_wanted_again) {
  Session* here = nullptr;
  Session session(job(500, "", "chunk = 5"), options_, 1, [&](std::uint64_t task, std::uint32_t) {
    if (task == 10) {
      here->job_run->drain(base::ExitStatus::interrupted);
      here->kill(base::Rank{1});
    }
    return task;
  });
  here = &session;
  const auto& result = session.run();
  EXPECT_EQ(result.status, base::ExitStatus::interrupted);
  EXPECT_FALSE(result.ranks_lost);
  EXPECT_THAT(result.text, HasSubstr("the same command goes on where this run stopped"));
  EXPECT_EQ(journal::Index(*last_run()).end()->state, "interrupted");
}

TEST_F(JobRunTest, a_lost_workers_tasks_run_elsewhere) {
  Session* here = nullptr;
  bool killed = false;
  Session session(job(400, "", "chunk = 4"), options_, 2, [&](std::uint64_t task, std::uint32_t) {
    if (task == 40 && !std::exchange(killed, true)) here->kill(base::Rank{2});
    return task * task;
  });
  here = &session;
  const auto& result = session.run();
  EXPECT_EQ(result.status, base::ExitStatus::success) << result.text;
  EXPECT_THAT(session.notes.warnings,
              ElementsAre("rank 2 on node2 is lost (its process died); its tasks run elsewhere"));
  EXPECT_TRUE(session.job_run->central().lossy());
  expect_squares(400);
}

TEST_F(JobRunTest, without_any_worker_left_the_run_is_incomplete_and_can_go_on) {
  {
    Session* here = nullptr;
    bool killed = false;
    Session session(job(400, "", "chunk = 4"), options_, 2, [&](std::uint64_t task, std::uint32_t) {
      if (task >= 100 && !std::exchange(killed, true)) {
        here->kill(base::Rank{1});
        here->kill(base::Rank{2});
      }
      return task * task;
    });
    here = &session;
    const auto& result = session.run();
    EXPECT_EQ(result.status, base::ExitStatus::incomplete);
    EXPECT_THAT(result.text, HasSubstr("no worker rank is left; the same command goes on"));
  }
  EXPECT_EQ(Session(job(400, "", "chunk = 4"), options_, 1, square).run().status, base::ExitStatus::success);
  expect_squares(400);
}

TEST_F(JobRunTest, a_setup_that_fails_stops_before_any_task_and_leaves_no_run) {
  base::Failure f;
  f.kind = base::FailureKind::init;
  f.type = "ModuleNotFoundError";
  f.message = "No module named 'nump'";
  f.traceback = "Traceback (most recent call last): ...";
  Session session(job(10), options_, 1, counted(square), {{base::Rank{1}, f}});
  const auto& result = session.run();
  EXPECT_EQ(result.status, base::ExitStatus::usage);
  EXPECT_THAT(result.text,
              ::testing::StartsWith("no executor can start on rank 1 (node1): ModuleNotFoundError: No "
                                    "module named 'nump'\nTraceback"));
  EXPECT_EQ(result.directory, "");
  EXPECT_EQ(session.notes.runs_begun, 0);
  EXPECT_TRUE(begun_.empty());
  EXPECT_FALSE(last_run());
}

TEST_F(JobRunTest, a_setup_that_fails_on_one_rank_leaves_the_job_to_the_others_whoever_is_first) {
  base::Failure f;
  f.kind = base::FailureKind::init;
  f.message = "No module named 'nump'";
  f.traceback = "Traceback: ...\n";
  for (const int rank : {1, 2}) {
    options_.fresh = true;
    Session session(job(20), options_, 2, square, {{base::Rank{rank}, f}});
    EXPECT_EQ(session.run().status, base::ExitStatus::success);
    expect_squares(20);
    EXPECT_THAT(
        session.notes.warnings,
        ElementsAre(fmt::format("no executor can start on rank {0} (node{0}): No module named 'nump'; "
                                "going on without rank {0}\nTraceback: ...",
                                rank)));
  }
}

TEST_F(JobRunTest, a_setup_that_fails_everywhere_is_told_once) {
  base::Failure f;
  f.kind = base::FailureKind::init;
  f.message = "bad";
  Session session(job(10), options_, 3, square, {{base::Rank{1}, f}, {base::Rank{2}, f}, {base::Rank{3}, f}});
  const auto& result = session.run();
  EXPECT_EQ(result.status, base::ExitStatus::usage);
  EXPECT_EQ(result.text, "no executor can start on rank 1 (node1): bad");
  EXPECT_TRUE(session.notes.warnings.empty());
  EXPECT_FALSE(last_run());
}

TEST_F(JobRunTest, stops_at_max_failures_and_the_same_command_goes_on) {
  {
    Session session(job(1000, "", "max-failures = 3\nchunk = 5"), options_, 1,
                    [](std::uint64_t task, std::uint32_t) -> std::uint64_t {
                      if (task % 2 == 0) throw Raise{"bad"};
                      return task;
                    });
    const auto& result = session.run();
    EXPECT_EQ(result.status, base::ExitStatus::task_failed);
    EXPECT_THAT(result.text, HasSubstr("stopped: "));
    EXPECT_THAT(result.text, HasSubstr("more than max-failures = 3"));
  }
  EXPECT_EQ(journal::Index(*last_run()).end()->state, "stopped");
  options_.retry_failed = true;
  EXPECT_EQ(Session(job(1000, "", "max-failures = 3"), options_, 1, square).run().status,
            base::ExitStatus::success);
  EXPECT_EQ(last_run()->name(), "sweep-0001");
  EXPECT_EQ(outcomes(1000)[998], std::to_string(998 * 998));
}

TEST_F(JobRunTest, alike_failures_of_a_run_that_has_outcomes_do_not_stop_it) {
  const auto fail_60 = [](const std::string& message) {
    return [message](std::uint64_t task, std::uint32_t) -> std::uint64_t {
      if (task < 60) throw Raise{message};
      return task * task;
    };
  };
  options_.tasks = parse_tasks("60-99");
  Session(job(100), options_, 1, fail_60("")).run();
  options_.tasks.clear();
  EXPECT_THAT(Session(job(100), options_, 1, fail_60("first")).run().text,
              HasSubstr("100 of 100 tasks done: 40 succeeded, 60 failed"));
  options_.retry_failed = true;
  EXPECT_THAT(Session(job(100), options_, 1, fail_60("again")).run().text,
              HasSubstr("60 × ValueError: again"));
}

}  // namespace
}  // namespace mproc::run
