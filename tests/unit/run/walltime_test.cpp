#include "mproc/run/walltime.hpp"

#include <gtest/gtest.h>

#include "unit/run/session.hpp"

namespace mproc::run {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t ns(std::chrono::nanoseconds time) {
  return time.count();
}

TEST(Walltime, tasks_are_started_as_long_as_they_can_end_in_time) {
  const Walltime walltime(ns(1h), 10s);
  const std::int64_t last = ns(1h - Walltime::to_leave);
  EXPECT_EQ(walltime.last(), last);
  EXPECT_FALSE(walltime.is_due(0, 0));
  EXPECT_FALSE(walltime.is_due(last - ns(5min) - 1, ns(5min)));
  EXPECT_TRUE(walltime.is_due(last - ns(5min), ns(5min)));
}

TEST(Walltime, short_tasks_leave_the_grace_for_one_that_is_longer) {
  const Walltime walltime(ns(1h), 10s);
  EXPECT_FALSE(walltime.is_due(walltime.last() - ns(10s) - 1, ns(1ms)));
  EXPECT_TRUE(walltime.is_due(walltime.last() - ns(10s), ns(1ms)));
}

job::Job job_of(const char* walltime) {
  return job::read_job(
      job::Document::from_tree({{"name", "long"},
                                {"task", {{"function", "f"}}},
                                {"items", {{"range", 1'000'000}}},
                                {"run", {{"chunk", 1}, {"grace", "0s"}, {"walltime", walltime}}}},
                               "long.json", "."));
}

TEST(Walltime, counts_from_the_commands_start_also_in_ranks_that_were_started_again) {
  const mproc::testing::TempDirectory temp;
  RunOptions options;
  options.runs_root = temp / "runs";
  options.began_ns = base::monotonic_ns() - ns(1h);
  testing::Session session(job_of("1h"), options, 1, [](std::uint64_t task, std::uint32_t) { return task; });
  EXPECT_EQ(session.run().status, base::ExitStatus::drained);
  EXPECT_FALSE(std::filesystem::exists(options.runs_root));
}

TEST(Walltime, drains_the_run_and_says_why) {
  const mproc::testing::TempDirectory temp;
  RunOptions options;
  options.runs_root = temp / "runs";
  options.began_ns = base::monotonic_ns() - ns(1h - Walltime::to_leave - 2s);
  testing::Session session(job_of("1h"), options, 1, [](std::uint64_t task, std::uint32_t) { return task; });
  EXPECT_EQ(session.run().status, base::ExitStatus::drained);
  const journal::Index index(journal::RunDirectory::find(options.runs_root, "long"));
  EXPECT_GT(index.succeeded({}), 0u);
  EXPECT_EQ(index.end()->state, "drained");
  ASSERT_EQ(session.notes.notes.size(), 1u);
  EXPECT_TRUE(session.notes.notes[0].starts_with("walltime: tasks may run for ")) << session.notes.notes[0];
}

}  // namespace
}  // namespace mproc::run
