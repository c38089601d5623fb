#include "mproc/base/slurm_counts.hpp"

#include <gtest/gtest.h>

namespace mproc::base {
namespace {

using Counts = std::vector<std::uint32_t>;

TEST(SlurmCounts, are_by_node) {
  EXPECT_EQ(slurm_counts("2(x3),1"), (Counts{2, 2, 2, 1}));
  EXPECT_EQ(slurm_counts("72"), Counts{72});
  EXPECT_EQ(slurm_counts("1,2,3(x2)"), (Counts{1, 2, 3, 3}));
}

TEST(SlurmCounts, end_at_what_is_none) {
  for (const char* text : {"", "x", ",1", "-1", "(x2)"}) EXPECT_EQ(slurm_counts(text), Counts{}) << text;
  for (const char* text : {"4,", "4,x", "4 5", "4;5", "4,(x2)"})
    EXPECT_EQ(slurm_counts(text), Counts{4}) << text;
  for (const char* text : {"4(x", "4(x2", "4(xx)", "4(x99999999999)", "4(x4000000000)"})
    EXPECT_EQ(slurm_counts(text), Counts{}) << text;
}

}  // namespace
}  // namespace mproc::base
