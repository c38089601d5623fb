#include "mproc/base/nearest.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace mproc::base {
namespace {

TEST(Nearest, finds_slips_and_leaves_strangers) {
  const std::vector<std::string_view> known{"function", "command", "args", "call", "cpus"};
  EXPECT_EQ(nearest("funtion", known), "function");
  EXPECT_EQ(nearest("fucntion", known), "function");
  EXPECT_EQ(nearest("Command", known), "command");
  EXPECT_EQ(nearest("arg", known), "args");
  EXPECT_EQ(nearest("zzzzzz", known), "");
  EXPECT_EQ(nearest("", known), "");
  EXPECT_EQ(did_you_mean("cpu", known), "; did you mean 'cpus'?");
  EXPECT_EQ(did_you_mean("walltime", known), "");
}

}  // namespace
}  // namespace mproc::base
