// Deaths of executors and of templates.
#include <pthread.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <csignal>

#include "mproc/exec/process_tree.hpp"
#include "process_pool_fixture.hpp"

namespace mproc::exec {
namespace {

using ::testing::HasSubstr;

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

TEST_F(ProcessPoolTest, another_template_is_made_when_the_template_is_killed) {
  start(1, {"sh", "-c", "echo $PPID"});
  submit(1, 0, std::vector<int>{1});
  EXPECT_TRUE(until([&] { return log_.results.contains(0); }));
  const pid_t executor = to_pid(log_.text_of(0));
  kill_process(child_besides(executor));
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
  const pid_t warm = child_besides(executor);
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

TEST_F(ProcessPoolTest, a_template_that_is_killed_as_it_loads_a_late_map_costs_nothing) {
  start(1, {"sh", "-c", "echo $PPID"});
  submit(1, 0, std::vector<int>{1});
  EXPECT_TRUE(until([&] { return log_.results.contains(0); }));
  const pid_t executor = to_pid(log_.text_of(0));
  const pid_t warm = child_besides(executor);
  ASSERT_GT(warm, 1);
  ::kill(warm, SIGSTOP);  // it cannot load
  auto late = testing::command_map({"echo", "late"});
  late.map = 1;
  pool_->prepare(late);
  ::kill(warm, SIGKILL);
  ::kill(executor, SIGKILL);
  EXPECT_TRUE(until([&] { return log_.slots == 0; }));
  EXPECT_TRUE(until([&] { return log_.slots == 1; })) << "of another template";
  ChunkTicket ticket = testing::ticket(2, {1, 1});
  ticket.stage.map = base::MapId{1};
  EXPECT_TRUE(until([&] { return pool_->submit(ticket, testing::packed_each(std::vector<int>{1})); }));
  EXPECT_TRUE(until([&] { return log_.results.contains(1); }));
  EXPECT_EQ(log_.text_of(1), "late\n");
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
    pool_->start(std::vector<Place>(2));
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

TEST_F(ProcessPoolTest, executors_that_die_before_their_first_task_again_and_again_are_a_setup_failure) {
  pool_->load({{}, 3, "node7"});
  pool_->prepare(testing::command_map({"echo", "done"}));
  ASSERT_TRUE(until([&] { return children_of(zygote_pid_).size() == 1; }));
  const pid_t warm = child_besides(-1);
  pool_->start(std::vector<Place>(1));
  for (int death = 1; death <= 3; ++death) {
    EXPECT_TRUE(log_.setup_failures.empty());
    ASSERT_TRUE(until([&] { return log_.slots == 1; }));
    kill_process(child_besides(warm));
    EXPECT_TRUE(until([&] { return log_.slots == 0; }));
  }
  EXPECT_TRUE(until([&] { return !log_.setup_failures.empty(); }));
  EXPECT_EQ(log_.setup_failures.at(0).message,
            "the executor was killed by SIGKILL (Killed) before its first task");
}

TEST_F(ProcessPoolTest, a_template_that_dies_as_it_loads_is_tried_again) {
  pool_->load({{}, 3, "node7"});
  ASSERT_TRUE(until([&] { return child_besides(-1) > 0; }));
  kill_process(child_besides(-1));
  pool_->prepare(testing::command_map({"echo", "done"}));
  pool_->start(std::vector<Place>(1));
  EXPECT_TRUE(until([&] { return submit(1, 0, std::vector<int>{1}); }));
  EXPECT_TRUE(until([&] { return log_.results.contains(0); }));
  EXPECT_TRUE(log_.setup_failures.empty());
}

using AllSlotsDoomed = DoomedPoolTest<1, 1000>;
TEST_F(AllSlotsDoomed, is_a_setup_failure_that_is_reported_once) {
  EXPECT_TRUE(until([&] { return !log_.setup_failures.empty(); }));
  ASSERT_EQ(log_.setup_failures.size(), 1u);
  EXPECT_EQ(log_.setup_failures[0].kind, base::FailureKind::init);
  EXPECT_EQ(log_.setup_failures[0].message,
            "the executor exited with status 7 (os._exit or exit in native code) before it was ready");
  EXPECT_EQ(executors_begun(), 6);
  EXPECT_FALSE(submit(1, 0, std::vector<int>{1}));
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
