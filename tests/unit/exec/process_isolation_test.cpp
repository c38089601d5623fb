// What executors are kept from, and that they and theirs end.
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <set>

#include "mproc/exec/process_tree.hpp"
#include "process_pool_fixture.hpp"

namespace mproc::exec {
namespace {

using testing::eventually;
using ::testing::HasSubstr;
using testing::is_gone;

std::vector<pid_t> descendants_of(pid_t pid) {
  std::vector<pid_t> all = children_of(pid);
  for (std::size_t i = 0; i < all.size(); ++i)
    for (const pid_t child : children_of(all[i])) all.push_back(child);
  return all;
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

TEST_F(ProcessPoolTest, what_a_command_leaves_running_writes_into_no_other_result) {
  const std::string go = (dir_ / "go").string(), done = (dir_ / "done").string();
  start(1, {"sh", "-c",
            "if [ {} = 0 ]; then (while [ ! -e " + go + " ]; do sleep 0.01; done; echo stray; touch " + done +
                ") & else touch " + go + "; while [ ! -e " + done + " ]; do sleep 0.01; done; echo own; fi"});
  submit(1, 0, std::vector<int>{0, 1});
  EXPECT_TRUE(until([&] { return !log_.ended.empty(); }));
  EXPECT_EQ(log_.text_of(1), "own\n");
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

TEST_F(ProcessPoolTest, executors_with_devices_of_their_own_load_their_code_after_they_have_them) {
  pool_->load({{{"OWN", "all"}}, 3, "node7", false});
  pool_->prepare(
      testing::command_map({"sh", "-c", "echo $OWN; if [ {} = 0 ]; then kill -KILL $PPID; sleep 60; fi"}));
  pool_->start({{{{"OWN", "first"}}, {}}, {{{"OWN", "second"}}, {}}});
  EXPECT_TRUE(until([&] { return log_.slots == 2; }));
  EXPECT_EQ(children_of(zygote_pid_).size(), 2u) << "no template";
  submit(1, 1, std::vector<int>{1, 1});
  submit(2, 3, std::vector<int>{1, 1});
  EXPECT_TRUE(until([&] { return log_.ended.size() == 2; }));
  EXPECT_EQ(std::set({log_.text_of(1), log_.text_of(3)}), (std::set<std::string>{"first\n", "second\n"}));

  submit(3, 5, std::vector<int>{0});
  EXPECT_TRUE(until([&] { return log_.lost.size() == 1; }));
  EXPECT_TRUE(until([&] { return log_.slots == 2; }));
  for (std::uint64_t chunk = 4; chunk <= 5; ++chunk) submit(chunk, chunk * 10, std::vector<int>{1});
  EXPECT_TRUE(until([&] { return log_.ended.size() == 4; }));
  EXPECT_EQ(std::set({log_.text_of(40), log_.text_of(50)}), (std::set<std::string>{"first\n", "second\n"}))
      << "another executor has what the dead one had";
}

class PlacedPoolTest : public ProcessPoolTest, public ::testing::WithParamInterface<bool> {};
INSTANTIATE_TEST_SUITE_P(ForkedOrNot, PlacedPoolTest, ::testing::Bool());

TEST_P(PlacedPoolTest, executors_run_on_the_cores_of_their_place) {
  const std::vector<int> cores = own_cores();
  if (cores.size() < 2) GTEST_SKIP() << "one core";
  pool_->load({{}, 3, "node7", GetParam()});
  pool_->prepare(testing::command_map({"sh", "-c", "taskset -pc $PPID | sed 's/.*: //'"}));
  pool_->start({{{}, {cores[0]}}, {{}, {cores[1]}}});
  EXPECT_TRUE(until([&] { return log_.slots == 2; }));
  submit(1, 1, std::vector<int>{1});
  submit(2, 2, std::vector<int>{1});
  EXPECT_TRUE(until([&] { return log_.ended.size() == 2; }));
  EXPECT_EQ(std::set({log_.text_of(1), log_.text_of(2)}),
            (std::set{fmt::format("{}\n", cores[0]), fmt::format("{}\n", cores[1])}));
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

}  // namespace
}  // namespace mproc::exec
