#include "mproc/journal/run_directory.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "mproc/journal/status.hpp"
#include "support/process.hpp"
#include "unit/journal/support.hpp"

namespace mproc::journal {
namespace {

using namespace testing;
using ::testing::HasSubstr;

void set_age(const std::filesystem::path& file, std::int64_t seconds) {
  const timespec then{::time(nullptr) - seconds, 0};
  const timespec times[2] = {then, then};
  ASSERT_EQ(::utimensat(AT_FDCWD, file.c_str(), times, 0), 0);
}

/// When this process began: field 22 of its stat.
std::string start_ticks() {
  std::ifstream file("/proc/self/stat");
  std::string field;
  for (int i = 0; i < 22; ++i) file >> field;
  return field;
}

TEST(RunDirectory, numbers_the_runs_of_a_name) {
  const TempDirectory temp;
  EXPECT_EQ(new_run(temp, "sweep").name(), "sweep-0001");
  EXPECT_EQ(new_run(temp, "sweep").name(), "sweep-0002");
  EXPECT_EQ(new_run(temp, "other").name(), "other-0001");
  EXPECT_EQ(new_run(temp, "sweep-0001").name(), "sweep-0001-0001");
  EXPECT_EQ(RunDirectory::last(temp / "runs", "sweep")->name(), "sweep-0002");
  EXPECT_FALSE(RunDirectory::last(temp / "runs", "swee"));
  EXPECT_FALSE(RunDirectory::last(temp / "nowhere", "sweep"));
}

TEST(RunDirectory, numbers_grow_beyond_four_digits_and_skip_what_is_no_run) {
  const TempDirectory temp;
  std::filesystem::create_directories(temp / "runs/sweep-9999/junk");
  EXPECT_EQ(new_run(temp).name(), "sweep-10000");
  EXPECT_EQ(new_run(temp).name(), "sweep-10001");
  EXPECT_EQ(RunDirectory::last(temp / "runs", "sweep")->name(), "sweep-10001");
}

TEST(RunDirectory, removes_what_a_process_left_that_was_killed_while_it_made_a_run) {
  const TempDirectory temp;
  std::filesystem::create_directories(temp / "runs");
  mproc::testing::Child child([&] {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    ::setrlimit(RLIMIT_FSIZE, &none);  // SIGXFSZ as job.json is written
    RunDirectory::create(temp / "runs", "a", "{}");
    return 0;
  });
  EXPECT_EQ(child.wait(), -SIGXFSZ);
  const auto left = files_in(temp / "runs");
  ASSERT_EQ(left.size(), 1u);
  const std::string scope =
      left.front().filename().string().substr(0, std::string_view(".new-01234567-").size());
  const auto living = temp / "runs" / fmt::format("{}{}-{}-01234567", scope, ::getpid(), start_ticks());
  const auto elsewhere = temp / "runs" / ".new-not this-1-1-01234567";
  for (const auto& path : {living, elsewhere}) std::filesystem::create_directory(path);
  const RunDirectory run = new_run(temp, "a");
  EXPECT_THAT(files_in(temp / "runs"), ::testing::UnorderedElementsAre(living, elsewhere, run.path()));
}

TEST(RunDirectory, keeps_the_job_document) {
  const TempDirectory temp;
  const RunDirectory run = RunDirectory::create(temp / "runs", "a", "{\"version\": 1}");
  EXPECT_EQ(run.job_json(), "{\"version\": 1}");
  EXPECT_EQ(RunDirectory::find(temp / "runs", "a").job_json(), "{\"version\": 1}");
}

TEST(RunDirectory, replaces_the_job_document_and_stays_as_old) {
  const TempDirectory temp;
  const RunDirectory first = new_run(temp, "a"), second = new_run(temp, "b");
  set_age(first.path() / "job.json", 100);
  first.replace_job_json("{\"version\": 2}");
  EXPECT_EQ(first.job_json(), "{\"version\": 2}");
  EXPECT_EQ(RunDirectory::find(temp / "runs", std::nullopt).path(), second.path());
  EXPECT_EQ(files_in(first.path()).size(), 2u) << "job.json and segments alone";
}

TEST(RunDirectory, knows_the_run_before_it) {
  const TempDirectory temp;
  const RunDirectory first = new_run(temp), second = new_run(temp), other = new_run(temp, "other");
  std::filesystem::create_directories(temp / "runs/sweep-0007/junk");
  const RunDirectory eighth = new_run(temp);
  EXPECT_EQ(eighth.previous()->path(), second.path());
  EXPECT_EQ(second.previous()->path(), first.path());
  EXPECT_FALSE(first.previous());
  EXPECT_FALSE(other.previous());
}

TEST(RunDirectory, tells_what_its_index_has_not_read) {
  const TempDirectory temp;
  const RunDirectory run = new_run(temp);
  EXPECT_EQ(run.journal_size(), Index(run).journal_size());
  for (const std::uint32_t epoch : {1u, 2u}) {
    const Index before(run);
    Writer writer(run, base::Epoch{epoch}, nullptr);
    EXPECT_GT(run.journal_size(), before.journal_size()) << "a new epoch";
    const Index begun(run);
    writer.append(record(0, {value(1)}));
    writer.close();
    EXPECT_GT(run.journal_size(), begun.journal_size()) << "a new record";
    EXPECT_EQ(run.journal_size(), Index(run).journal_size());
  }
}

TEST(RunDirectory, creators_at_the_same_time_get_different_runs) {
  const TempDirectory temp;
  std::vector<std::string> names(16);
  std::vector<std::thread> threads;
  for (std::string& name : names) threads.emplace_back([&] { name = new_run(temp).name(); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
  EXPECT_EQ(RunDirectory::all(temp / "runs").size(), names.size());
  EXPECT_EQ(files_in(temp / "runs").size(), names.size()) << "nothing is left behind";
}

TEST(RunDirectory, follows_the_umask) {
  const TempDirectory temp;
  const mode_t before = ::umask(027);
  const RunDirectory run = new_run(temp);
  ::umask(before);
  struct stat info {};
  ASSERT_EQ(::stat(run.path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0750u);
}

TEST(RunDirectory, lists_all_oldest_first) {
  const TempDirectory temp;
  const RunDirectory b = new_run(temp, "b"), a = new_run(temp, "a"), b2 = new_run(temp, "b");
  set_age(b.path() / "job.json", 300);
  set_age(a.path() / "job.json", 200);
  set_age(b2.path() / "job.json", 100);
  std::vector<std::string> names;
  for (const RunDirectory& run : RunDirectory::all(temp / "runs")) names.push_back(run.name());
  EXPECT_THAT(names, ::testing::ElementsAre("b-0001", "a-0001", "b-0002"));
}

TEST(RunDirectory, is_found_by_path_full_name_name_or_nothing) {
  const TempDirectory temp;
  const auto root = temp / "runs";
  const RunDirectory first = new_run(temp, "sweep"), second = new_run(temp, "sweep"),
                     other = new_run(temp, "other");
  set_age(second.path() / "job.json", 100);
  set_age(first.path() / "job.json", 200);
  EXPECT_EQ(RunDirectory::find(root, first.path().string()).path(), first.path());
  EXPECT_EQ(RunDirectory::find(root, first.path().string() + "/").name(), "sweep-0001");
  EXPECT_EQ(RunDirectory::find(root, "sweep-0001").path(), first.path());
  EXPECT_EQ(RunDirectory::find(root, "sweep-0001/").path(), first.path());
  EXPECT_EQ(RunDirectory::find(root, "sweep").path(), second.path());
  EXPECT_EQ(RunDirectory::find(root, std::nullopt).path(), other.path());
}

TEST(RunDirectory, an_unknown_run_gives_the_ones_there_are) {
  const TempDirectory temp;
  const auto root = temp / "runs";
  EXPECT_EQ(message_of<base::UserError>([&] { RunDirectory::find(root, std::nullopt); }),
            "no runs in " + root.string() + "; mproc run JOB makes one, --runs DIR looks elsewhere");
  EXPECT_EQ(message_of<base::UserError>([&] { RunDirectory::find(root, "x"); }),
            "no run 'x' in " + root.string() + "; there are none yet: mproc run JOB makes one");
  const RunDirectory a = new_run(temp, "a"), b = new_run(temp, "b");
  set_age(a.path() / "job.json", 100);
  EXPECT_EQ(message_of<base::UserError>([&] { RunDirectory::find(root, "x"); }),
            "no run 'x' in " + root.string() + "; there are: b-0001, a-0001");
  for (int i = 0; i < 20; ++i) new_run(temp, "c");
  EXPECT_THAT(message_of<base::UserError>([&] { RunDirectory::find(root, "x"); }), HasSubstr(" and 12 more"));
  EXPECT_EQ(message_of<base::UserError>([&] { RunDirectory::find(root, temp.path()); }),
            temp.path() + " is not a run directory (it has no job.json)");
}

TEST(RunDirectory, refuses_names_that_are_paths) {
  const TempDirectory temp;
  for (const char* name : {"", "a/b", "..", ".hidden"})
    EXPECT_THROW(new_run(temp, name), base::UserError) << name;
}

TEST(RunDirectory, the_root_is_the_option_else_the_variable_else_runs) {
  ::unsetenv("MPROC_RUNS");
  EXPECT_EQ(RunDirectory::runs_root(std::nullopt), "runs");
  ::setenv("MPROC_RUNS", "/scratch/runs", 1);
  EXPECT_EQ(RunDirectory::runs_root(std::nullopt), "/scratch/runs");
  EXPECT_EQ(RunDirectory::runs_root("here"), "here");
  ::setenv("MPROC_RUNS", "", 1);
  EXPECT_EQ(RunDirectory::runs_root(std::nullopt), "runs");
  ::unsetenv("MPROC_RUNS");
}

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
