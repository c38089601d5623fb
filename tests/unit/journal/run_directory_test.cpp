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

#include "support/process.hpp"
#include "unit/journal/support.hpp"

namespace mproc::journal {
namespace {

using namespace testing;
using ::testing::HasSubstr;

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

}  // namespace
}  // namespace mproc::journal
