#include "mproc/exec/inline_pool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/pool_log.hpp"

namespace mproc::exec {
namespace {

using testing::packed_each;

class InlinePoolTest : public ::testing::Test {
 protected:
  void start(std::vector<std::string> command) {
    pool_.load({{{"TEST_SETTING", "from settings"}}, 0, "node7"});
    pool_.prepare(testing::command_map(std::move(command)));
    pool_.start({{}});
    EXPECT_TRUE(pool_.poll(log_, false));
  }
  void run_all() {
    while (pool_.poll(log_, false)) {
    }
  }
  PythonFactory python_ = testing::no_python();
  InlinePool pool_{python_};
  testing::PoolLog log_;
};

TEST_F(InlinePoolTest, runs_chunks_in_this_process) {
  start({"sh", "-c", "echo {} $PPID $TEST_SETTING"});
  EXPECT_EQ(log_.slots, 1u);
  EXPECT_TRUE(pool_.submit(testing::ticket(1, {5, 2}), packed_each(std::vector<int>{50, 60})));
  run_all();
  EXPECT_EQ(log_.text_of(5), fmt::format("50 {} from settings\n", ::getpid()));
  EXPECT_EQ(log_.text_of(6), fmt::format("60 {} from settings\n", ::getpid()));
  EXPECT_THAT(log_.ended, ::testing::ElementsAre(1));
}

TEST_F(InlinePoolTest, takes_two_chunks_ahead) {
  start({"true"});
  const auto item = packed_each(std::vector<int>{1});
  EXPECT_TRUE(pool_.submit(testing::ticket(1, {0, 1}), item));
  EXPECT_TRUE(pool_.submit(testing::ticket(2, {1, 1}), item));
  EXPECT_FALSE(pool_.submit(testing::ticket(3, {2, 1}), item));
}

TEST_F(InlinePoolTest, gives_back_what_it_has_not_started) {
  start({"echo", "{}"});
  pool_.submit(testing::ticket(1, {0, 4}), packed_each(std::vector<int>{1, 2, 3, 4}));
  EXPECT_EQ(pool_.take_back(base::ChunkId{1}, 1), (base::TaskRange{1, 3}));
  EXPECT_EQ(pool_.take_back(base::ChunkId{9}, 0).count, 0u);
  run_all();
  EXPECT_EQ(log_.results.size(), 1u);
}

TEST_F(InlinePoolTest, reports_a_kernel_that_cannot_be_loaded) {
  start({"no-such-program-anywhere"});
  EXPECT_EQ(log_.slots, 0u);
  ASSERT_EQ(log_.setup_failures.size(), 1u);
  EXPECT_EQ(log_.setup_failures[0].kind, base::FailureKind::lookup);
}

}  // namespace
}  // namespace mproc::exec
