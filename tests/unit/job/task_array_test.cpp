#include "mproc/job/task_array.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mproc/base/error.hpp"

namespace mproc::job {
namespace {

using ::testing::ElementsAre;

TEST(TaskArray, takes_what_sbatch_takes) {
  EXPECT_THAT(parse_task_array("1-5").ids, ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(parse_task_array("0-20:5").ids, ElementsAre(0, 5, 10, 15, 20));
  EXPECT_THAT(parse_task_array("7-9,1,3,8").ids, ElementsAre(1, 3, 7, 8, 9)) << "in order, each once";
  EXPECT_THAT(parse_task_array("5").ids, ElementsAre(5));
  EXPECT_EQ(parse_task_array("1-10%4").at_a_time, 4u);
  EXPECT_EQ(parse_task_array("1-10").at_a_time, 0u);
}

TEST(TaskArray, step_is_that_between_all_indices) {
  EXPECT_EQ(parse_task_array("0-20:5").step(), 5u);
  EXPECT_EQ(parse_task_array("1,3,7-9").step(), 1u);
  EXPECT_EQ(parse_task_array("4").step(), 1u);
}

TEST(TaskArray, refuses_what_is_none) {
  for (const char* text : {"", "a", "1-", "-1", "1,", ",1", "1-5:0", "1-5:", "1:2", "1-10%", "1-10%0", "1 2",
                           "1-5%2,7", "5-1", "0-4000001", "99999999999"})
    EXPECT_THROW(parse_task_array(text), base::UserError) << text;
}

}  // namespace
}  // namespace mproc::job
