#include "mproc/run/costs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/temp_directory.hpp"

namespace mproc::run {
namespace {

TEST(Costs, are_measured_and_leave_nothing_behind) {
  const mproc::testing::TempDirectory scratch;
  const schedule::Costs costs = measure_costs(scratch.path());
  for (const double ns :
       {costs.wake, costs.central_message, costs.worker_message, costs.executor_chunk, costs.journal_block}) {
    EXPECT_GT(ns, 10);
    EXPECT_LT(ns, 10'000'000);
  }
  for (const double ns : {costs.central_task, costs.journal_byte}) {
    EXPECT_GT(ns, 0);
    EXPECT_LT(ns, 10'000);
  }
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path()));
}

}  // namespace
}  // namespace mproc::run
