// Doorbells between the ranks of one node. Every rank runs this program.
#include <gtest/gtest.h>
#include <mpi.h>
#include <unistd.h>

#include <vector>

#include "mproc/base/time.hpp"
#include "support/eventually.hpp"
#include "support/mpi_main.hpp"

namespace mproc::comm {
namespace {

using namespace std::chrono_literals;
using base::Rank;

class Bells : public ::testing::Test {
 protected:
  /// Ranks offer their bells to central when they start, and central answers.
  void meet() {
    EXPECT_TRUE(testing::eventually([&] {
      EXPECT_EQ(channel_.receive(), std::nullopt);
      bool all = !channel_.busy();
      if (!is_central()) return all && channel_.rings(base::central_rank);
      for (int worker = 1; worker < channel_.size(); ++worker) all &= channel_.rings(Rank{worker});
      return all;
    }));
    testing::wait_for_everyone();
  }
  bool is_central() const { return channel_.self() == base::central_rank; }

  testing::MpiRank& rank_ = testing::mpi_rank();
  Channel& channel_ = rank_.channel;
};

TEST_F(Bells, central_and_workers_of_a_node_ring_each_other_and_know_their_processes) {
  meet();
  std::vector<int> pids(static_cast<std::size_t>(channel_.size()));
  const int pid = ::getpid();
  MPI_Allgather(&pid, 1, MPI_INT, pids.data(), 1, MPI_INT, MPI_COMM_WORLD);
  if (is_central())
    for (int worker = 1; worker < channel_.size(); ++worker)
      EXPECT_EQ(channel_.local_pid(Rank{worker}), pids[static_cast<std::size_t>(worker)]);
  else
    EXPECT_EQ(channel_.local_pid(base::central_rank), pids[0]);
}

TEST_F(Bells, a_message_wakes_a_rank_that_sleeps_on_its_bell) {
  meet();
  constexpr int rounds = 200;
  const auto sleep_until_message = [&] {
    for (;;) {
      const auto seen = rank_.bell.count();
      if (channel_.receive()) return;
      const std::int64_t start = base::monotonic_ns();
      rank_.bell.wait(seen, 20s);
      EXPECT_LT(base::monotonic_ns() - start, 10'000'000'000) << "nobody rang";
      if (HasFailure()) return;
    }
  };
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    if (is_central()) {
      for (int worker = 1; worker < channel_.size(); ++worker) channel_.send(Rank{worker}, base::Bytes(8));
      for (int worker = 1; worker < channel_.size(); ++worker) sleep_until_message();
    } else {
      sleep_until_message();
      channel_.send(base::central_rank, base::Bytes(8));
    }
  }
  EXPECT_TRUE(testing::eventually([&] {  // the last one leaves
    EXPECT_EQ(channel_.receive(), std::nullopt);
    return !channel_.busy();
  }));
  testing::wait_for_everyone();
}

}  // namespace
}  // namespace mproc::comm
