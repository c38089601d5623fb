// The same job once more: what goes on, what is redone, what is a new run.
#include <utility>

#include "job_run_fixture.hpp"

namespace mproc::run {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Raise;
using testing::Session;

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

}  // namespace
}  // namespace mproc::run
