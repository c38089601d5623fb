// A real zygote and real executors, with command kernels.
#include "mproc/exec/process_pool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <numeric>

#include "mproc/base/time.hpp"
#include "mproc/exec/process_tree.hpp"
#include "support/pool_log.hpp"
#include "support/process.hpp"
#include "support/temp_directory.hpp"

namespace mproc::exec {
namespace {

using testing::eventually;
using ::testing::HasSubstr;
using testing::is_gone;
using testing::packed_each;

pid_t to_pid(const std::string& text) {
  return static_cast<pid_t>(std::strtol(text.c_str(), nullptr, 10));
}

std::vector<pid_t> descendants_of(pid_t pid) {
  std::vector<pid_t> all = children_of(pid);
  for (std::size_t i = 0; i < all.size(); ++i)
    for (const pid_t child : children_of(all[i])) all.push_back(child);
  return all;
}

class ProcessPoolTest : public ::testing::Test {
 protected:
  explicit ProcessPoolTest(PythonFactory python = testing::no_python())
      : python_(std::move(python)), zygote_(fork_zygote(python_)), zygote_pid_(zygote_.pid) {
    watcher_ = std::make_unique<base::Watcher>([this] { bell_.ring(); });
    pool_ = std::make_unique<ProcessPool>(std::move(zygote_), bell_memory_, *watcher_);
  }

  void start(std::uint32_t executors, std::vector<std::string> command) {
    pool_->load({{{"TEST_SETTING", "from settings"}}, 3, "node7"});
    pool_->prepare(testing::command_map(std::move(command)));
    pool_->start(executors);
    EXPECT_TRUE(until([&] { return log_.slots == executors; }));
  }
  template <class T>
  bool submit(std::uint64_t chunk, std::uint64_t first, const std::vector<T>& items) {
    return pool_->submit(testing::ticket(chunk, {first, items.size()}), packed_each(items));
  }
  template <class Condition>
  bool until(Condition&& condition) {
    const std::int64_t deadline = base::monotonic_ns() + std::chrono::nanoseconds(testing::patience).count();
    for (;;) {
      const auto seen = bell_.count();
      const bool any = pool_->poll(log_, watcher_->fired());
      if (condition()) return true;
      if (base::monotonic_ns() > deadline) return false;
      if (!any) bell_.wait(seen, std::chrono::milliseconds(100));
    }
  }

  PythonFactory python_;
  Zygote zygote_;
  pid_t zygote_pid_;
  base::SharedMemory bell_memory_ = base::SharedMemory::create("test-bell", 4096);
  base::Doorbell& bell_ = *bell_memory_.as<base::Doorbell>();
  std::unique_ptr<base::Watcher> watcher_;
  std::unique_ptr<ProcessPool> pool_;
  testing::PoolLog log_;
  testing::TempDirectory dir_;
};

TEST_F(ProcessPoolTest, runs_chunks_and_reports_every_result_once) {
  start(2, {"echo", "item {}"});
  std::vector<int> items(20);
  for (std::uint64_t chunk = 1; chunk <= 6; ++chunk) {
    std::iota(items.begin(), items.end(), static_cast<int>(chunk * 100));
    EXPECT_TRUE(until([&] { return submit(chunk, chunk * 100, items); }));
  }
  EXPECT_TRUE(until([&] { return log_.ended.size() == 6; }));
  EXPECT_EQ(log_.results.size(), 120u);
  EXPECT_EQ(log_.twice, 0);
  EXPECT_TRUE(log_.lost.empty());
  const auto is_another_tasks = [&](const auto& result) {
    return log_.text_of(result.first) != fmt::format("item {}\n", result.first);
  };
  EXPECT_EQ(std::ranges::count_if(log_.results, is_another_tasks), 0);
  EXPECT_EQ(log_.slots_used.size(), 2u) << "both executors had work";
}

TEST_F(ProcessPoolTest, reports_failures_among_results) {
  start(1, {"sh", "-c", "exit {}"});
  submit(1, 0, std::vector<int>{0, 3, 0});
  EXPECT_TRUE(until([&] { return !log_.ended.empty(); }));
  EXPECT_THAT(log_.failed, ::testing::ElementsAre(1));
}

TEST_F(ProcessPoolTest, carries_results_larger_than_its_rings) {
  start(1, {"sh", "-c", "head -c {} /dev/zero | tr '\\0' x"});
  submit(1, 0, std::vector<int>{3'000'000, 10, 5'000'000});
  EXPECT_TRUE(until([&] { return !log_.ended.empty(); }));
  EXPECT_EQ(log_.text_of(0).size(), 3'000'000u);
  EXPECT_EQ(log_.text_of(1).size(), 10u);
  EXPECT_EQ(log_.text_of(2).size(), 5'000'000u);
}

TEST_F(ProcessPoolTest, carries_items_larger_than_its_rings) {
  start(1, {"sh", "-c", "printf %s \"$0\" | wc -c", "{}"});
  const std::string item(100'000, 'i');  // a command's word holds no more
  EXPECT_TRUE(submit(1, 0, std::vector<std::string>(40, item)));
  EXPECT_TRUE(until([&] { return !log_.ended.empty(); }));
  EXPECT_EQ(log_.text_of(39), "100000\n");
}

TEST_F(ProcessPoolTest, a_killed_executor_loses_its_chunk_names_the_task_and_is_replaced) {
  start(1, {"sh", "-c", "if [ {} = 2 ]; then kill -KILL $PPID; fi; echo {}"});
  submit(1, 10, std::vector<int>{1, 2, 3});
  submit(2, 20, std::vector<int>{7});
  EXPECT_TRUE(until([&] { return log_.lost.size() == 2; }));
  ASSERT_EQ(log_.lost.size(), 2u);
  EXPECT_EQ(log_.lost[0].ticket.chunk.value, 1u);
  EXPECT_EQ(log_.lost[0].running, 11u);
  EXPECT_EQ(log_.lost[0].cause.kind, base::FailureKind::crash);
  EXPECT_THAT(log_.lost[0].cause.summary(), HasSubstr("killed by SIGKILL"));
  EXPECT_EQ(log_.lost[0].cause.rank, 3);
  EXPECT_EQ(log_.lost[0].cause.host, "node7");
  EXPECT_EQ(log_.lost[1].ticket.chunk.value, 2u);
  EXPECT_EQ(log_.lost[1].running, std::nullopt) << "a chunk that waited is not to blame";
  EXPECT_TRUE(until([&] { return log_.slots == 1; })) << "another executor takes its place";
  EXPECT_TRUE(until([&] { return submit(3, 30, std::vector<int>{9}); }));
  EXPECT_TRUE(until([&] { return log_.results.contains(30); }));
  EXPECT_EQ(log_.text_of(30), "9\n");
  EXPECT_TRUE(log_.setup_failures.empty());
}

TEST_F(ProcessPoolTest, outlives_many_deaths_of_executors) {
  start(2, {"sh", "-c", "kill -KILL $PPID; sleep 60"});
  for (std::uint64_t chunk = 1; chunk <= 10; ++chunk) {
    EXPECT_TRUE(until([&] { return submit(chunk, chunk, std::vector<int>{1}); }));
    EXPECT_TRUE(until([&] { return log_.lost.size() == chunk; }));
    ASSERT_FALSE(HasFailure());
    EXPECT_EQ(log_.lost.back().running, chunk);
  }
  EXPECT_TRUE(until([&] { return log_.slots == 2; }));
  EXPECT_TRUE(log_.setup_failures.empty());
}

TEST_F(ProcessPoolTest, what_an_executor_started_dies_with_it) {
  const std::string file = (dir_ / "pid").string();
  start(1, {"sh", "-c", "sleep 1000 & echo $! > {}; kill -KILL $PPID; sleep 1000"});
  submit(1, 0, std::vector<std::string>{file});
  EXPECT_TRUE(until([&] { return !log_.lost.empty(); }));
  const pid_t sleeper = to_pid(base::read_file(file));
  ASSERT_GT(sleeper, 1);
  EXPECT_TRUE(eventually([&] { return is_gone(sleeper); }));
}

TEST_F(ProcessPoolTest, gives_back_a_chunk_that_waits) {
  const std::string go = (dir_ / "go").string();
  start(1, {"sh", "-c", "while [ ! -e {} ]; do sleep 0.01; done; echo done"});
  submit(1, 0, std::vector<std::string>(1, go));
  submit(2, 10, std::vector<std::string>(5, go));
  EXPECT_EQ(pool_->take_back(base::ChunkId{2}, 2), (base::TaskRange{12, 3}));
  EXPECT_EQ(pool_->take_back(base::ChunkId{2}, 0), (base::TaskRange{10, 2}));
  EXPECT_EQ(pool_->take_back(base::ChunkId{2}, 0).count, 0u);
  EXPECT_EQ(pool_->take_back(base::ChunkId{99}, 0).count, 0u);
  base::write_file_atomically(go, "");
  EXPECT_TRUE(until([&] { return log_.ended.size() == 2; }));
  EXPECT_EQ(log_.results.size(), 1u);
}

TEST_F(ProcessPoolTest, gives_back_the_rest_of_a_chunk_that_runs) {
  const std::string started = (dir_ / "started").string(), go = (dir_ / "go").string();
  start(1, {"sh", "-c", "touch " + started + "; while [ ! -e " + go + " ]; do sleep 0.01; done"});
  submit(1, 0, std::vector<int>{1, 2, 3, 4});
  EXPECT_TRUE(eventually([&] { return std::filesystem::exists(started); }));
  EXPECT_EQ(pool_->take_back(base::ChunkId{1}, 0), (base::TaskRange{1, 3}));
  base::write_file_atomically(go, "");
  EXPECT_TRUE(until([&] { return log_.ended.size() == 1; }));
  EXPECT_EQ(log_.results.size(), 1u);
  EXPECT_TRUE(log_.results.contains(0));
}

TEST_F(ProcessPoolTest, takes_only_so_many_chunks_ahead) {
  const std::string go = (dir_ / "go").string();
  start(2, {"sh", "-c", "while [ ! -e {} ]; do sleep 0.01; done"});
  std::uint64_t taken = 0;
  while (submit(taken + 1, taken, std::vector<std::string>{go})) ++taken;
  EXPECT_EQ(taken, 4u);
  base::write_file_atomically(go, "");
  EXPECT_TRUE(until([&] { return log_.ended.size() == taken; }));
}

TEST_F(ProcessPoolTest, a_kernel_that_cannot_be_loaded_is_reported_once_and_nothing_runs) {
  pool_->load({{}, 3, "node7"});
  pool_->prepare(testing::command_map({"no-such-program-anywhere"}));
  pool_->start(2);
  EXPECT_TRUE(until([&] { return !log_.setup_failures.empty(); }));
  ASSERT_EQ(log_.setup_failures.size(), 1u);
  EXPECT_EQ(log_.setup_failures[0].kind, base::FailureKind::lookup);
  EXPECT_EQ(log_.setup_failures[0].rank, 3);
  EXPECT_EQ(log_.setup_failures[0].host, "node7");
  EXPECT_FALSE(submit(1, 0, std::vector<int>{1}));
  EXPECT_EQ(log_.slots, 0u);
}

TEST_F(ProcessPoolTest, init_code_without_a_python_is_a_setup_failure_with_the_reason) {
  pool_->load({{}, 3, "node7"});
  pool_->init({static_cast<std::uint8_t>(job::InitBlock::Kind::code), "code", "x = 1"});
  pool_->start(1);
  EXPECT_TRUE(until([&] { return !log_.setup_failures.empty(); }));
  ASSERT_FALSE(log_.setup_failures.empty());
  EXPECT_EQ(log_.setup_failures[0].kind, base::FailureKind::init);
  EXPECT_EQ(log_.setup_failures[0].message, "no Python in this test");
}

TEST_F(ProcessPoolTest, a_map_may_come_while_executors_run) {
  start(1, {"echo", "first"});
  auto second = testing::command_map({"echo", "second"});
  second.map = 1;
  pool_->prepare(second);
  ChunkTicket ticket = testing::ticket(1, {0, 1});
  ticket.stage.map = base::MapId{1};
  EXPECT_TRUE(until([&] { return pool_->submit(ticket, packed_each(std::vector<int>{1})); }));
  EXPECT_TRUE(until([&] { return !log_.ended.empty(); }));
  EXPECT_EQ(log_.text_of(0), "second\n");
}

TEST_F(ProcessPoolTest, another_template_is_made_when_the_template_is_killed) {
  start(1, {"sh", "-c", "echo $PPID"});
  submit(1, 0, std::vector<int>{1});
  EXPECT_TRUE(until([&] { return log_.results.contains(0); }));
  const pid_t executor = to_pid(log_.text_of(0));
  for (const pid_t child : children_of(zygote_pid_))
    if (child != executor) ::kill(child, SIGKILL);  // the template
  EXPECT_TRUE(until([&] {
    const auto children = children_of(zygote_pid_);
    return children.size() == 2;
  }));
  ::kill(executor, SIGKILL);
  EXPECT_TRUE(until([&] { return log_.slots == 0; }));
  EXPECT_TRUE(until([&] { return log_.slots == 1; }));
  EXPECT_TRUE(until([&] { return submit(2, 1, std::vector<int>{1}); }));
  EXPECT_TRUE(until([&] { return log_.results.contains(1); }));
  EXPECT_NE(to_pid(log_.text_of(1)), executor);
  EXPECT_TRUE(log_.setup_failures.empty());
}

TEST_F(ProcessPoolTest, an_executor_asked_of_a_template_that_dies_is_made_by_the_next) {
  start(1, {"sh", "-c", "echo $PPID"});
  submit(1, 0, std::vector<int>{1});
  EXPECT_TRUE(until([&] { return log_.results.contains(0); }));
  const pid_t executor = to_pid(log_.text_of(0));
  pid_t warm = -1;
  for (const pid_t child : children_of(zygote_pid_))
    if (child != executor) warm = child;
  ASSERT_GT(warm, 1);
  ::kill(warm, SIGSTOP);  // it cannot answer
  ::kill(executor, SIGKILL);
  EXPECT_TRUE(until([&] { return log_.slots == 0; }));  // the same poll has asked the template for another
  ::kill(warm, SIGKILL);
  EXPECT_TRUE(until([&] { return log_.slots == 1; }));
  EXPECT_TRUE(until([&] { return submit(2, 1, std::vector<int>{1}); }));
  EXPECT_TRUE(until([&] { return log_.results.contains(1); }));
  EXPECT_TRUE(log_.setup_failures.empty());
}

TEST_F(ProcessPoolTest, a_death_by_a_signal_without_a_name_is_a_death_like_any_other) {
  start(1, {"sh", "-c", "kill -40 $PPID; sleep 1000"});
  submit(1, 0, std::vector<int>{1});
  EXPECT_TRUE(until([&] { return !log_.lost.empty(); }));
  EXPECT_THAT(log_.lost.at(0).cause.summary(),
              HasSubstr("the executor was killed by signal 40 (Real-time signal"));
  EXPECT_TRUE(until([&] { return log_.slots == 1; }));
}

TEST_F(ProcessPoolTest, what_a_command_leaves_running_writes_into_no_other_result) {
  const std::string go = (dir_ / "go").string(), done = (dir_ / "done").string();
  start(1, {"sh", "-c",
            "if [ {} = 0 ]; then (while [ ! -e " + go + " ]; do sleep 0.01; done; echo stray; touch " + done +
                ") & else touch " + go + "; while [ ! -e " + done + " ]; do sleep 0.01; done; echo own; fi"});
  submit(1, 0, std::vector<int>{0, 1});
  EXPECT_TRUE(until([&] { return !log_.ended.empty(); }));
  EXPECT_EQ(log_.text_of(1), "own\n");
}

/// Executors that were begun so far by pools of this test, here and in their processes.
std::atomic<int>& executors_begun() {
  static const auto memory = base::SharedMemory::create("begun", 4096);
  return *memory.as<std::atomic<int>>();
}

/// Init code that lets executors end before they are ready: the one numbered `first` (from 1) up to `last`.
class Doom : public Runtime {
 public:
  Doom(int first, int last) {
    first_ = first;
    last_ = last;
  }
  std::optional<base::Failure> init(const job::InitBlock&) override {
    ::pthread_atfork(nullptr, nullptr, [] {
      if (++depth_ < 2) return;  // the process between the template and its executor
      const int number = ++executors_begun();
      if (number >= first_ && number <= last_) ::_exit(7);
    });
    return std::nullopt;
  }
  std::optional<base::Failure> prepare(const job::MapSpec&) override { return std::nullopt; }
  void run(const Chunk&, TaskLoop&) override {}

 private:
  static inline int first_ = 0, last_ = 0, depth_ = 0;
};

template <int first, int last>
class DoomedPoolTest : public ProcessPoolTest {
 protected:
  DoomedPoolTest()
      : ProcessPoolTest((executors_begun() = 0, [] { return std::make_unique<Doom>(first, last); })) {
    pool_->load({{}, 3, "node7"});
    pool_->init({static_cast<std::uint8_t>(job::InitBlock::Kind::code), "code", "doom"});
    pool_->prepare(testing::command_map({"echo", "done"}));
    pool_->start(2);
  }
};

using OneSlotDoomed = DoomedPoolTest<2, 4>;
TEST_F(OneSlotDoomed, is_given_up_and_the_other_goes_on) {
  EXPECT_TRUE(until([&] { return log_.slots == 1 && executors_begun() == 4; }));
  EXPECT_TRUE(until([&] { return submit(1, 0, std::vector<int>{1}); }));
  EXPECT_TRUE(until([&] { return log_.results.contains(0); }));
  EXPECT_EQ(log_.text_of(0), "done\n");
  EXPECT_EQ(log_.slots, 1u);
  EXPECT_TRUE(log_.setup_failures.empty());
}

using AllSlotsDoomed = DoomedPoolTest<1, 1000>;
TEST_F(AllSlotsDoomed, is_a_setup_failure_that_is_reported_once) {
  EXPECT_TRUE(until([&] { return !log_.setup_failures.empty(); }));
  ASSERT_EQ(log_.setup_failures.size(), 1u);
  EXPECT_EQ(log_.setup_failures[0].kind, base::FailureKind::init);
  EXPECT_EQ(log_.setup_failures[0].message,
            "the executor exited with status 7 (os._exit or exit in native code)");
  EXPECT_EQ(executors_begun(), 6);
  EXPECT_FALSE(submit(1, 0, std::vector<int>{1}));
}

TEST_F(ProcessPoolTest, executors_are_in_groups_of_their_own_and_have_an_empty_standard_input) {
  start(1, {"sh", "-c", "ps -o pgid= -p $PPID; readlink /proc/$PPID/fd/0"});
  submit(1, 0, std::vector<int>{1});
  EXPECT_TRUE(until([&] { return log_.results.contains(0); }));
  const std::string text = log_.text_of(0);
  EXPECT_NE(to_pid(text), ::getpgrp());
  EXPECT_NE(to_pid(text), zygote_pid_);
  EXPECT_THAT(text, HasSubstr("/dev/null"));
}

TEST_F(ProcessPoolTest, nothing_is_left_when_the_pool_is_gone) {
  const std::string file = (dir_ / "pid").string();
  // One that leaves its group and session, and ignores what it can.
  start(2, {"sh", "-c", "trap '' TERM HUP INT; setsid sleep 1000 & echo $! > {}; sleep 1000"});
  submit(1, 0, std::vector<std::string>{file});
  EXPECT_TRUE(eventually([&] { return std::filesystem::exists(file) && !base::read_file(file).empty(); }));
  auto all = descendants_of(zygote_pid_);
  EXPECT_GE(all.size(), 5u) << "template, two executors, the shell, its sleepers";
  all.push_back(zygote_pid_);
  pool_.reset();
  for (const pid_t pid : all) EXPECT_TRUE(is_gone(pid)) << pid;
}

TEST(ProcessPoolEnvironment, tasks_see_the_users_variables_and_the_settings_but_none_of_mpirun) {
  ::setenv("OMPI_COMM_WORLD_RANK", "1", 1);
  ::setenv("PMIX_RANK", "1", 1);
  ::setenv("PMI_SIZE", "2", 1);
  ::setenv("KEPT_AS_IT_IS", "kept", 1);
  struct Pool : ProcessPoolTest {
    void TestBody() override {
      start(1, {"env"});
      submit(1, 0, std::vector<int>{1});
      EXPECT_TRUE(until([&] { return log_.results.contains(0); }));
      const std::string text = log_.text_of(0);
      EXPECT_THAT(text, HasSubstr("KEPT_AS_IT_IS=kept\n"));
      EXPECT_THAT(text, HasSubstr("TEST_SETTING=from settings\n"));
      for (const char* prefix : {"OMPI_", "PMIX_", "PMI_", "ORTE_"})
        EXPECT_THAT("\n" + text, ::testing::Not(HasSubstr(std::string("\n") + prefix)));
    }
  };
  Pool().TestBody();
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_SIZE", "KEPT_AS_IT_IS"})
    ::unsetenv(name);
}

TEST(Zygote, ends_with_all_that_is_under_it_when_its_rank_is_killed) {
  auto pids = base::SharedMemory::create("pids", 4096);
  testing::Child rank([&] {
    struct Pool : ProcessPoolTest {
      explicit Pool(int* to) : to_(to) {}
      void TestBody() override {
        start(1, {"sh", "-c", "echo $PPID $$; exec sleep 1000"});
        submit(1, 0, std::vector<int>{1});
        until([&] {
          const auto all = descendants_of(zygote_pid_);
          return std::any_of(all.begin(), all.end(), [](pid_t pid) {
            std::ifstream comm("/proc/" + std::to_string(pid) + "/comm");
            std::string name;
            return std::getline(comm, name) && name == "sleep";
          });
        });
        int* at = to_;
        *++at = zygote_pid_;
        for (const pid_t pid : descendants_of(zygote_pid_)) *++at = pid;
        *to_ = static_cast<int>(at - to_);
        for (;;) ::pause();
      }
      int* to_;
    };
    Pool(pids.as<int>()).TestBody();
    return 0;
  });
  volatile int* told = pids.as<int>();
  ASSERT_TRUE(eventually([&] { return *told > 0; }));
  EXPECT_GE(*told, 4) << "zygote, template, executor, sleep";
  rank.kill(SIGKILL);
  EXPECT_EQ(rank.wait(), -SIGKILL);
  // Nobody of ours is left to reap the zygote itself: a zombie has ended too.
  for (int i = 1; i <= *told; ++i)
    EXPECT_TRUE(eventually([&] { return is_gone(told[i]) || testing::state_of(told[i]) == 'Z'; })) << told[i];
}

TEST(DeathFailure, says_how_the_executor_ended) {
  testing::Child killed([] {
    ::signal(SIGSEGV, SIG_DFL);  // a sanitizer's handler would exit instead
    return ::raise(SIGSEGV);
  });
  int status = 0;
  ASSERT_EQ(::waitpid(killed.pid(), &status, 0), killed.pid());
  const auto by_signal = death_failure(status, "last words");
  EXPECT_EQ(by_signal.kind, base::FailureKind::crash);
  EXPECT_EQ(by_signal.summary(), "the executor was killed by SIGSEGV (Segmentation fault)");
  EXPECT_EQ(by_signal.traceback, "last words");

  testing::Child exited([] { return 7; });
  ASSERT_EQ(::waitpid(exited.pid(), &status, 0), exited.pid());
  EXPECT_EQ(death_failure(status, "").summary(),
            "the executor exited with status 7 (os._exit or exit in native code)");
}

}  // namespace
}  // namespace mproc::exec
