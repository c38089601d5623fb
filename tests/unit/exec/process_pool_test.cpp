// Chunks of a pool of real executors.
#include <algorithm>
#include <numeric>

#include "process_pool_fixture.hpp"

namespace mproc::exec {
namespace {

using testing::eventually;
using testing::packed_each;

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
  pool_->start(std::vector<Place>(2));
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
  pool_->start(std::vector<Place>(1));
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

}  // namespace
}  // namespace mproc::exec
