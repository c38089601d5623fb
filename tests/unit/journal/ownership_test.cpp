// Who owns a run, and what he says of it.
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "mproc/journal/run_directory.hpp"
#include "mproc/journal/status.hpp"
#include "support/process.hpp"
#include "unit/journal/support.hpp"

namespace mproc::journal {
namespace {

using namespace testing;
using ::testing::HasSubstr;

TEST(Ownership, a_live_owner_is_refused_by_name) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  {
    const Ownership owner(run);
    EXPECT_EQ(message_of<base::UserError>([&] { Ownership second(run); }),
              fmt::format("run sweep-0001 is being written by pid {} on host {}, wait for it or stop it",
                          ::getpid(), base::host_name()));
  }
  EXPECT_NO_THROW(Ownership third(run)) << "the first one is gone";
  EXPECT_FALSE(std::filesystem::exists(run.path() / "owner"));
}

TEST(Ownership, is_held_while_its_owner_lives) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  EXPECT_FALSE(Ownership::is_held(run));
  {
    const Ownership owner(run);
    EXPECT_TRUE(Ownership::is_held(run));
  }
  EXPECT_FALSE(Ownership::is_held(run));
  put_file(run.path() / "owner", "");
  set_age(run.path() / "owner", 100);
  EXPECT_FALSE(Ownership::is_held(run)) << "its heart beats no more";
}

TEST(Ownership, names_the_slurm_job_of_a_live_owner) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  ::setenv("SLURM_JOB_ID", "815", 1);
  const Ownership owner(run);
  ::unsetenv("SLURM_JOB_ID");
  EXPECT_THAT(message_of<base::UserError>([&] { Ownership second(run); }),
              HasSubstr("(Slurm job 815), wait"));
}

TEST(Ownership, of_a_killed_process_is_replaced_at_once) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  const pid_t child = ::fork();
  if (child == 0) {
    new Ownership(run);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(std::filesystem::exists(run.path() / "owner"));
  EXPECT_NO_THROW(Ownership second(run));
}

/// The owner file as another process would have left it.
void edit_owner(const RunDirectory& run, const std::string& key, const nlohmann::json& value) {
  auto json = nlohmann::json::parse(base::read_file(run.path() / "owner"));
  json[key] = value;
  put_file(run.path() / "owner", json.dump());
}

TEST(Ownership, of_a_slurm_job_on_another_node_ends_when_it_is_requeued) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  ::setenv("SLURM_JOB_ID", "815", 1);
  const Ownership before(run);
  edit_owner(run, "host", "elsewhere");
  EXPECT_THROW(Ownership second(run), base::UserError) << "it may be another step of the same job";
  ::setenv("SLURM_RESTART_COUNT", "1", 1);
  EXPECT_NO_THROW(Ownership second(run));
  ::unsetenv("SLURM_JOB_ID");
  ::unsetenv("SLURM_RESTART_COUNT");
}

TEST(Ownership, a_pid_given_to_another_process_is_stale) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  const Ownership owner(run);
  edit_owner(run, "started", 1);
  EXPECT_NO_THROW(Ownership second(run));
}

TEST(Ownership, on_another_host_lives_as_long_as_its_heart_beats) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  const Ownership owner(run);
  edit_owner(run, "host", "far-away");
  EXPECT_THAT(message_of<base::UserError>([&] { Ownership second(run); }), HasSubstr("on host far-away"));
  set_age(run.path() / "owner", 50);
  EXPECT_THROW(Ownership second(run), base::UserError);
  set_age(run.path() / "owner", 70);
  EXPECT_NO_THROW(Ownership second(run));
}

TEST(Ownership, a_file_without_content_is_somebody_who_is_just_arriving_or_died_arriving) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  put_file(run.path() / "owner", "");
  EXPECT_THAT(message_of<base::UserError>([&] { Ownership second(run); }), HasSubstr("run sweep-0001"));
  set_age(run.path() / "owner", 70);
  EXPECT_NO_THROW(Ownership second(run));
}

/// What a racer says once it has tried; then it stays alive until `hold` is closed.
[[noreturn]] void race(const RunDirectory& run, int start, int said, int hold) {
  char byte = 0;
  if (::read(start, &byte, 1) != 1) ::_exit(9);
  char result = '1';
  try {
    new Ownership(run);
  } catch (const base::UserError&) {
    result = '0';
  } catch (...) {
    result = 'x';
  }
  if (::write(said, &result, 1) != 1 || ::read(hold, &byte, 1) != 0) ::_exit(9);
  ::_exit(0);
}

TEST(Ownership, only_one_of_many_replaces_a_stale_owner) {
  constexpr int racers = 6;
  for (int round = 0; round < 20; ++round) {
    const TempDirectory temp;
    const RunDirectory run = new_run(temp);
    put_file(run.path() / "owner", "{}");
    set_age(run.path() / "owner", 100);
    int start[2], said[2], hold[2];
    ASSERT_EQ(::pipe(start) | ::pipe(said) | ::pipe(hold), 0);
    std::vector<pid_t> children;
    for (int i = 0; i < racers; ++i) {
      children.push_back(::fork());
      if (children.back() != 0) continue;
      ::close(hold[1]);
      race(run, start[0], said[1], hold[0]);
    }
    ASSERT_EQ(::write(start[1], "xxxxxx", racers), racers);
    std::string results;
    for (char byte = 0; results.size() < racers && ::read(said[0], &byte, 1) == 1;) results.push_back(byte);
    for (const int fd : {start[0], start[1], said[0], said[1], hold[0], hold[1]}) ::close(fd);
    for (const pid_t child : children) ::waitpid(child, nullptr, 0);
    std::sort(results.begin(), results.end());
    EXPECT_EQ(results, "000001");
  }
}

TEST(Ownership, beats_and_notices_when_the_run_was_taken_over) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  Ownership owner(run);
  set_age(run.path() / "owner", 1000);
  owner.beat();
  struct stat info {};
  ASSERT_EQ(::stat((run.path() / "owner").c_str(), &info), 0);
  EXPECT_LT(::time(nullptr) - info.st_mtime, 100);
  edit_owner(run, "token", 1);
  EXPECT_THAT(message_of<base::SystemError>([&] { owner.beat(); }), HasSubstr("is not ours any more"));
  { const Ownership gone = std::move(owner); }
  EXPECT_TRUE(std::filesystem::exists(run.path() / "owner")) << "another's file stays";
}

TEST(Ownership, moves) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  const auto file = run.path() / "owner";
  std::optional<Ownership> first(run);
  std::optional<Ownership> second(std::move(*first));
  first.reset();
  EXPECT_TRUE(std::filesystem::exists(file));
  second->beat();
  second.reset();
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST(Status, comes_back_as_it_was_written) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  EXPECT_FALSE(read_status(run));
  Status status;
  status.state = "running";
  status.total = 100;
  status.succeeded = 5;
  status.failed = 2;
  status.running = 3;
  status.started_ns = 123;
  status.updated_ns = 456;
  status.host = "\"node1\", not UTF-8: \xff";
  status.pid = 42;
  status.slurm_job = "815";
  write_status(run, status);
  const auto back = read_status(run);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->state, "running");
  EXPECT_EQ(back->total, 100u);
  EXPECT_EQ(back->succeeded, 5u);
  EXPECT_EQ(back->failed, 2u);
  EXPECT_EQ(back->running, 3u);
  EXPECT_EQ(back->started_ns, 123);
  EXPECT_EQ(back->updated_ns, 456);
  EXPECT_EQ(back->host, "\"node1\", not UTF-8: \xef\xbf\xbd");
  EXPECT_EQ(back->pid, 42);
  EXPECT_EQ(back->slurm_job, "815");
  status.total.reset();
  write_status(run, status);
  EXPECT_FALSE(read_status(run)->total);
}

TEST(Status, that_cannot_be_read_is_none) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  for (const char* content :
       {"", "{", "[]", "{}", "{\"state\": 1}", "{\"state\": \"x\", \"failed\": \"many\"}"}) {
    put_file(run.path() / "status.json", content);
    EXPECT_FALSE(read_status(run)) << content;
  }
}

}  // namespace
}  // namespace mproc::journal
