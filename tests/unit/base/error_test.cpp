#include "mproc/base/error.hpp"

#include <gtest/gtest.h>

#include <cerrno>

namespace mproc::base {
namespace {

TEST(SystemError, says_what_was_tried_and_why_it_failed) {
  EXPECT_STREQ(SystemError("cannot open a.csv", ENOENT).what(),
               "cannot open a.csv: No such file or directory");
}

TEST(Check, throws_a_user_error_with_the_line) {
  try {
    MPROC_CHECK(1 > 2, "{}: n must be positive", "job.toml");
    ADD_FAILURE() << "the check passed";
  } catch (const UserError& e) {
    EXPECT_STREQ(e.what(), "job.toml: n must be positive");
  }
}

TEST(Check, evaluates_its_message_only_when_it_fails) {
  int evaluated = 0;
  MPROC_CHECK(true, "{}", ++evaluated);
  MPROC_ASSERT(true, "{}", ++evaluated);
  EXPECT_EQ(evaluated, 0);
}

TEST(AssertDeathTest, names_the_rank_the_message_and_the_place) {
  EXPECT_DEATH(
      {
        set_process_label("rank 3 on node7");
        MPROC_ASSERT(1 > 2, "chunk {} is lost", 9);
      },
      "mproc: internal error in rank 3 on node7: chunk 9 is lost \\(1 > 2 at .*error_test.cpp:[0-9]+\\); "
      "please report it");
}

}  // namespace
}  // namespace mproc::base
