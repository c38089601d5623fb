#include "mproc/comm/in_process.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <string>

#include "mproc/comm/mpi_channel.hpp"

// What every channel must do stands in tests/contract; here is what is this one's own.
namespace mproc::comm {
namespace {

using base::Rank;

base::Bytes bytes(std::string_view text) {
  base::Bytes b;
  base::append(b, base::view(text));
  return b;
}

TEST(InProcessChannel, rings_the_receivers_bell_after_each_message) {
  base::Doorbell first, second;
  const auto channels = make_in_process(2, {&first, &second});
  EXPECT_TRUE(channels[0]->rings(Rank{1}));
  const auto seen = second.count();
  channels[0]->send(Rank{1}, bytes("x"));
  EXPECT_EQ(second.count(), seen + 1);
  EXPECT_EQ(first.count(), 0u);
}

TEST(InProcessChannel, rings_nobody_without_bells) {
  const auto channels = make_in_process(2);
  EXPECT_FALSE(channels[0]->rings(Rank{1}));
  channels[0]->send(Rank{1}, bytes("x"));
  ASSERT_TRUE(channels[1]->receive());
}

TEST(InProcessChannel, knows_no_process_ids) {
  const auto channels = make_in_process(2);
  EXPECT_EQ(channels[0]->local_pid(Rank{1}), std::nullopt);
}

TEST(InProcessChannel, a_rank_may_be_gone_before_its_peers) {
  auto channels = make_in_process(2);
  channels[1].reset();
  channels[0]->send(Rank{1}, bytes("x"));
  EXPECT_EQ(channels[0]->receive(), std::nullopt);
}

class LaunchedAsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK",
                             "PMI_SIZE", "SLURM_STEP_NUM_TASKS"})
      ::unsetenv(name);
  }
};

TEST_F(LaunchedAsTest, alone_without_mpirun_or_srun) {
  const auto as = launched_as();
  EXPECT_FALSE(as.by_mpi);
  EXPECT_EQ(as.rank, 0);
  EXPECT_EQ(as.size, 1);
}

TEST_F(LaunchedAsTest, a_rank_of_mpirun) {
  ::setenv("OMPI_COMM_WORLD_RANK", "2", 1);
  ::setenv("OMPI_COMM_WORLD_SIZE", "5", 1);
  const auto as = launched_as();
  EXPECT_TRUE(as.by_mpi);
  EXPECT_EQ(as.rank, 2);
  EXPECT_EQ(as.size, 5);
}

TEST_F(LaunchedAsTest, a_rank_of_srun_with_pmix) {
  ::setenv("PMIX_RANK", "1", 1);
  ::setenv("SLURM_STEP_NUM_TASKS", "3", 1);
  const auto as = launched_as();
  EXPECT_TRUE(as.by_mpi);
  EXPECT_EQ(as.rank, 1);
  EXPECT_EQ(as.size, 3);
}

TEST_F(LaunchedAsTest, a_rank_of_srun_with_pmi) {
  ::setenv("PMI_RANK", "3", 1);
  ::setenv("PMI_SIZE", "4", 1);
  const auto as = launched_as();
  EXPECT_TRUE(as.by_mpi);
  EXPECT_EQ(as.rank, 3);
  EXPECT_EQ(as.size, 4);
}

}  // namespace
}  // namespace mproc::comm
