// Central and workers together, on real run directories, with a kernel in place of executors.
#include "mproc/run/job_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <utility>

#include "mproc/journal/index.hpp"
#include "session.hpp"
#include "support/failures.hpp"

namespace mproc::run {
namespace {

using testing::Crash;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Kernel;
using testing::Raise;
using testing::Session;
using State = journal::Index::State;
constexpr base::StageKey stage{};

class JobRunTest : public ::testing::Test {
 protected:
  JobRunTest() { options_.runs_root = dir_ / "runs"; }

  job::Job job(std::uint64_t tasks, const std::string& task = "", const std::string& run = "") const {
    return job::read_job(
        job::Document::parse_toml(fmt::format("version = 1\nname = 'sweep'\nseed = 1\n[task]\ncommand = "
                                              "['true', '{{}}']\n{}\n[items]\nrange = [0, {}]\n[run]\n{}\n",
                                              task, tasks, run),
                                  "sweep.toml", dir_.path()));
  }
  /// Counts how often each task was begun.
  Kernel counted(Kernel kernel) {
    return [this, kernel](std::uint64_t task, std::uint32_t attempt) {
      ++begun_[task];
      return kernel(task, attempt);
    };
  }
  static std::uint64_t square(std::uint64_t task, std::uint32_t) { return task * task; }

  std::optional<journal::RunDirectory> last_run() const {
    return std::filesystem::exists(options_.runs_root)
               ? journal::RunDirectory::last(options_.runs_root, "sweep")
               : std::nullopt;
  }
  /// Results of the last run: "pending", "failed: SUMMARY", or the number.
  std::vector<std::string> outcomes(std::uint64_t tasks) const {
    const journal::Index index(*last_run());
    journal::Index::Cursor cursor(index, stage);
    std::vector<std::string> all;
    for (std::uint64_t task = 0; task < tasks; ++task) {
      const auto outcome = cursor.at(task);
      std::size_t offset = 0;
      if (outcome.state == State::pending) {
        all.emplace_back("pending");
        continue;
      }
      const auto handle = base::unpack_value(outcome.value, offset);
      const auto& value = handle.get();
      all.push_back(value.type == msgpack::type::EXT
                        ? "failed: " + mproc::testing::failure_in(value).summary()
                        : std::to_string(value.as<std::uint64_t>()));
    }
    return all;
  }
  void expect_squares(std::uint64_t tasks) const {
    const auto all = outcomes(tasks);
    for (std::uint64_t task = 0; task < tasks; ++task) EXPECT_EQ(all[task], std::to_string(task * task));
  }

  mproc::testing::TempDirectory dir_;
  RunOptions options_;
  std::map<std::uint64_t, int> begun_;
};

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
              ::testing::StartsWith("init code failed on rank 1 (node1): ModuleNotFoundError: No "
                                    "module named 'nump'\nTraceback"));
  EXPECT_EQ(result.directory, "");
  EXPECT_EQ(session.notes.runs_begun, 0);
  EXPECT_TRUE(begun_.empty());
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

TEST_F(JobRunTest, retry_failed_runs_the_failed_tasks_and_no_other) {
  Session(job(20), options_, 1, [](std::uint64_t task, std::uint32_t) -> std::uint64_t {
    if (task == 3 || task == 11) throw Raise{"bad"};
    return task * task;
  }).run();
  EXPECT_EQ(make_plan(job(20), options_).kind, Plan::Kind::nothing);
  options_.retry_failed = true;
  EXPECT_EQ(Session(job(20), options_, 1, counted(square)).run().status, base::ExitStatus::success);
  EXPECT_THAT(begun_, ElementsAre(std::pair(3, 1), std::pair(11, 1)));
  expect_squares(20);
}

TEST_F(JobRunTest, runs_only_the_tasks_that_were_asked_for) {
  options_.tasks = parse_tasks("2-4,17,90-");
  Session session(job(100), options_, 2, counted(square));
  const auto& result = session.run();
  EXPECT_EQ(result.status, base::ExitStatus::success) << result.text;
  EXPECT_EQ(begun_.size(), 14u);
  EXPECT_EQ(outcomes(100)[17], "289");
  EXPECT_EQ(outcomes(100)[18], "pending");
  options_.tasks.clear();
  EXPECT_EQ(Session(job(100), options_, 2, counted(square)).run().status, base::ExitStatus::success);
  expect_squares(100);
  for (const auto& [task, times] : begun_) EXPECT_EQ(times, 1) << task;
}

TEST_F(JobRunTest, a_finished_run_has_nothing_to_do_and_a_longer_list_extends_it) {
  Session(job(10), options_, 1, square).run();
  const Plan nothing = make_plan(job(10), options_);
  EXPECT_EQ(nothing.kind, Plan::Kind::nothing);
  EXPECT_EQ(nothing.note,
            "nothing to do: run sweep-0001 is finished (10 succeeded, 0 failed); --fresh runs it again");
  EXPECT_EQ(nothing.status, base::ExitStatus::success);
  EXPECT_EQ(Session(job(15), options_, 1, counted(square)).run().status, base::ExitStatus::success);
  EXPECT_EQ(begun_.size(), 5u);
  EXPECT_EQ(last_run()->name(), "sweep-0001");
  expect_squares(15);
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

TEST_F(JobRunTest, of_two_that_start_the_same_job_one_goes_on) {
  Session second(job(10), options_, 1, counted(square));
  EXPECT_EQ(Session(job(10), options_, 1, square).run().status, base::ExitStatus::success);
  const auto& result = second.run();
  EXPECT_EQ(result.status, base::ExitStatus::usage);
  EXPECT_EQ(result.text.substr(0, result.text.find('\n')),
            "run sweep-0001 was begun by another mproc meanwhile; the same command goes on");
  EXPECT_TRUE(begun_.empty());
  EXPECT_EQ(journal::RunDirectory::all(options_.runs_root).size(), 1u);
}

TEST_F(JobRunTest, of_two_that_start_different_jobs_of_one_name_both_go_on) {
  Session second(job(10, "", "[init]\ncode = 'x = 1'"), options_, 1, square);
  EXPECT_EQ(Session(job(10), options_, 1, square).run().status, base::ExitStatus::success);
  EXPECT_EQ(second.run().status, base::ExitStatus::success);
  options_.fresh = true;
  Session third(job(10), options_, 1, square), fourth(job(10), options_, 1, square);
  EXPECT_EQ(third.run().status, base::ExitStatus::success);
  EXPECT_EQ(fourth.run().status, base::ExitStatus::success);
  EXPECT_EQ(journal::RunDirectory::all(options_.runs_root).size(), 4u);
}

TEST_F(JobRunTest, of_two_that_go_on_with_a_run_the_later_one_redoes_nothing) {
  options_.tasks = parse_tasks("0-4");
  Session(job(10), options_, 1, square).run();
  options_.tasks.clear();
  Session second(job(10), options_, 1, counted(square));
  EXPECT_EQ(Session(job(10), options_, 1, square).run().status, base::ExitStatus::success);
  const auto& result = second.run();
  EXPECT_EQ(result.status, base::ExitStatus::usage);
  EXPECT_EQ(result.text.substr(0, result.text.find('\n')),
            "run sweep-0001 was written by another mproc meanwhile; the same command goes on");
  EXPECT_TRUE(begun_.empty());
}

TEST_F(JobRunTest, a_run_that_was_under_way_when_it_was_read_is_not_redone_when_it_has_ended) {
  std::optional<Session> second;
  Session first(job(10), options_, 1, [&](std::uint64_t task, std::uint32_t) {
    if (task == 5) second.emplace(job(10), options_, 1, counted(square));
    return task * task;
  });
  EXPECT_EQ(first.run().status, base::ExitStatus::success);
  EXPECT_THAT(second->run().text,
              HasSubstr("was written by another mproc meanwhile; the same command goes on"));
  EXPECT_TRUE(begun_.empty());
}

TEST_F(JobRunTest, a_run_whose_job_cannot_be_read_is_said_and_left_alone) {
  Session(job(3), options_, 1, square).run();
  base::write_file_atomically(last_run()->path() / "job.json", "{");
  const Plan plan = make_plan(job(3), options_);
  EXPECT_EQ(plan.kind, Plan::Kind::start);
  EXPECT_EQ(plan.note, "job.json of run sweep-0001 cannot be read: starting a new run");
}

TEST_F(JobRunTest, items_that_neither_the_job_nor_the_journal_would_give_again_are_other_items) {
  Session(job(3), options_, 1, square).run();
  base::write_file_atomically(dir_ / "items.jsonl", "0\n1\n2\n");
  const job::Job from_file = job::read_job(job::Document::parse_toml(
      "name = 'sweep'\nseed = 1\n[task]\ncommand = ['true', '{}']\n[items]\njsonl = 'items.jsonl'\n",
      "sweep.toml", dir_.path()));
  EXPECT_EQ(make_plan(from_file, options_).note,
            "the items differ from those of run sweep-0001: starting a new run");
}

TEST_F(JobRunTest, a_part_of_a_known_run_forgets_none_of_its_items) {
  const auto output = dir_ / "out.jsonl";
  const auto with_output = [&](std::uint64_t tasks) {
    return job(tasks, "", fmt::format("[output]\npath = '{}'", output.string()));
  };
  const auto odd_one = [](std::uint64_t task, std::uint32_t) -> std::uint64_t {
    if (task == 7) throw Raise{"bad"};
    return task * task;
  };
  Session(with_output(3000), options_, 1, odd_one).run();
  std::filesystem::remove(output);
  options_.tasks = parse_tasks("0-9");
  options_.retry_failed = true;
  EXPECT_EQ(Session(with_output(3000), options_, 1, square).run().status, base::ExitStatus::success);
  EXPECT_TRUE(std::filesystem::exists(output)) << "the run is complete";
  EXPECT_EQ(journal::Index(*last_run()).items()->count, 3000u);
  EXPECT_EQ(Session(with_output(4000), options_, 1, square).run().status, base::ExitStatus::success);
  EXPECT_EQ(journal::Index(*last_run()).items()->count, 3000u);
  options_.tasks.clear();
  EXPECT_EQ(make_plan(with_output(2999), options_).kind, Plan::Kind::start) << "items were taken away";
  EXPECT_THAT(make_plan(with_output(4000), options_).note, HasSubstr("3000 of 4000 tasks are done"));
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
    EXPECT_EQ(index.succeeded(stage), 2000u);
    EXPECT_THAT(index.damage(), IsEmpty());
  }
}

}  // namespace
}  // namespace mproc::run
