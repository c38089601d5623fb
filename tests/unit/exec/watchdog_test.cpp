// Limits of tasks, and executors that are renewed.
#include <set>

#include "process_pool_fixture.hpp"
#include "support/sanitized.hpp"

namespace mproc::exec {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

class Limits : public ProcessPoolTest {
 protected:
  void start_limited(std::vector<std::string> command, std::chrono::nanoseconds timeout,
                     HostSettings settings = {}) {
    settings.rank = 3;
    settings.host = "node7";
    pool_->load(settings);
    auto map = testing::command_map(std::move(command));
    map.timeout_ns = timeout.count();
    pool_->prepare(map);
    pool_->start(std::vector<Place>(1));
    EXPECT_TRUE(until([&] { return log_.slots == 1; }));
  }
};

/// Executors that may run so many tasks, which wait for open_gate().
class Renewal : public Limits {
 protected:
  void start_gated(std::uint64_t recycle) {
    HostSettings settings;
    settings.recycle = recycle;
    start_limited({"sh", "-c", "while [ ! -e " + gate().string() + " ]; do sleep 0.01; done; echo $PPID"}, 0s,
                  settings);
  }
  void open_gate() const { testing::put_file(gate(), ""); }

 private:
  std::filesystem::path gate() const { return dir_ / "go"; }
};

TEST_F(Limits, a_task_over_its_time_is_charged_and_no_other) {
  start_limited({"sh", "-c", "if [ {} = 2 ]; then sleep 1000; fi; echo {}"}, 300ms);
  submit(1, 10, std::vector<int>{1, 2, 3});
  submit(2, 20, std::vector<int>{7});
  EXPECT_TRUE(until([&] { return log_.lost.size() == 2; }));
  ASSERT_EQ(log_.lost.size(), 2u);
  EXPECT_EQ(log_.lost[0].running, 11u);
  EXPECT_EQ(log_.lost[0].cause.kind, base::FailureKind::timeout);
  EXPECT_EQ(log_.lost[0].cause.summary(), "ran longer than its timeout of 0.3 s");
  EXPECT_EQ(log_.lost[0].cause.rank, 3);
  EXPECT_EQ(log_.lost[1].running, std::nullopt);
  EXPECT_TRUE(until([&] { return submit(3, 30, std::vector<int>{9}); })) << "by another executor";
  EXPECT_TRUE(until([&] { return log_.results.contains(30); }));
}

TEST_F(Limits, an_executor_that_dies_in_time_died_of_what_it_died_of) {
  start_limited({"sh", "-c", "kill -SEGV $PPID; sleep 1000"}, 300ms);
  submit(1, 0, std::vector<int>{1});
  EXPECT_TRUE(until([&] { return !log_.lost.empty(); }));
  EXPECT_EQ(log_.lost.at(0).cause.kind, base::FailureKind::crash);
}

TEST_F(Limits, what_a_task_started_counts_to_its_memory) {
  if (testing::sanitized) GTEST_SKIP() << "the address sanitizer's own memory is beyond any limit";
  HostSettings settings;
  settings.memory = 100u << 20;
  start_limited({"sh", "-c", "head -c 150000000 /dev/zero | tail -c 150000000 | sleep 1000"}, 0s, settings);
  submit(1, 0, std::vector<int>{1});
  EXPECT_TRUE(until([&] { return !log_.lost.empty(); }));
  EXPECT_EQ(log_.lost.at(0).running, 0u);
  EXPECT_EQ(log_.lost[0].cause.kind, base::FailureKind::memory);
  EXPECT_EQ(log_.lost[0].cause.summary(), "took more memory than its limit of 100 MiB");
  EXPECT_THAT(log_.lost[0].cause.message, HasSubstr(" MiB in "));
}

TEST_F(Limits, an_executor_runs_as_many_tasks_as_it_may_and_another_goes_on) {
  HostSettings settings;
  settings.recycle = 3;
  start_limited({"sh", "-c", "echo $PPID"}, 0s, settings);
  submit(1, 0, std::vector<int>(2, 0));
  submit(2, 2, std::vector<int>(5, 0));
  EXPECT_TRUE(until([&] { return log_.results.size() == 3 && !log_.left_out.empty(); }));
  ASSERT_EQ(log_.left_out.size(), 1u);
  EXPECT_EQ(log_.left_out[0], std::pair(std::uint64_t{2}, base::TaskRange{3, 4}));
  EXPECT_TRUE(until([&] { return submit(3, 3, std::vector<int>(3, 0)); }));
  EXPECT_TRUE(until([&] { return log_.results.size() == 6; }));
  std::set<std::string> first, second;
  for (std::uint64_t task = 0; task < 3; ++task) first.insert(log_.text_of(task));
  for (std::uint64_t task = 3; task < 6; ++task) second.insert(log_.text_of(task));
  EXPECT_EQ(first.size(), 1u);
  EXPECT_EQ(second.size(), 1u);
  EXPECT_NE(first, second);
  EXPECT_EQ(log_.slots, 1u);
  EXPECT_TRUE(log_.lost.empty());
}

TEST_F(Renewal, what_an_executor_may_not_run_any_more_goes_back_with_what_is_taken_back) {
  start_gated(4);
  submit(1, 0, std::vector<int>(2, 0));
  submit(2, 2, std::vector<int>(5, 0));  // of which it may run two
  EXPECT_EQ(pool_->take_back(base::ChunkId{2}, 1), (base::TaskRange{3, 4}));
  open_gate();
  EXPECT_TRUE(until([&] { return log_.results.size() == 3; }));
  EXPECT_TRUE(log_.left_out.empty());
}

TEST_F(Renewal, tasks_that_are_taken_back_do_not_wear_an_executor) {
  start_gated(4);
  submit(1, 0, std::vector<int>(1, 0));
  submit(2, 1, std::vector<int>(3, 0));
  EXPECT_FALSE(submit(3, 9, std::vector<int>{0})) << "it has got all that it may";
  EXPECT_EQ(pool_->take_back(base::ChunkId{2}, 1), (base::TaskRange{2, 2}));
  EXPECT_TRUE(submit(3, 9, std::vector<int>{0}));
  open_gate();
  EXPECT_TRUE(until([&] { return log_.results.size() == 3; }));
  EXPECT_EQ(log_.text_of(0), log_.text_of(9));
}

}  // namespace
}  // namespace mproc::exec
