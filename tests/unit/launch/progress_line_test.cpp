#include "../../../libmproc/src/launch/progress_line.hpp"

#include <gtest/gtest.h>

namespace mproc::launch {
namespace {

using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;

const nlohmann::json progress{{"total", 100}, {"succeeded", 40}, {"failed", 2},
                              {"running", 8}, {"executors", 4},  {"seconds", 12.4}};
constexpr const char* line = "\r\x1b[K42 of 100 tasks done, 2 failed, 8 running on 4 executors, 12 s";

TEST(ProgressLine, draws_over_itself) {
  CaptureStderr();
  ProgressLine p(true);
  p.draw(progress);
  p.draw(progress);
  EXPECT_EQ(GetCapturedStderr(), std::string(line) + line);
}

TEST(ProgressLine, leaves_out_a_total_that_is_not_known) {
  CaptureStderr();
  ProgressLine p(true);
  auto open = progress;
  open.erase("total");
  p.draw(open);
  EXPECT_EQ(GetCapturedStderr(), "\r\x1b[K42 tasks done, 2 failed, 8 running on 4 executors, 12 s");
}

TEST(ProgressLine, survives_a_record_without_its_fields) {
  CaptureStderr();
  ProgressLine p(true);
  p.draw(nlohmann::json::object());
  EXPECT_EQ(GetCapturedStderr(), "\r\x1b[K0 tasks done, 0 failed, 0 running on 0 executors, 0 s");
}

TEST(ProgressLine, notes_stand_on_lines_of_their_own) {
  CaptureStderr();
  ProgressLine p(true);
  p.draw(progress);
  p.note("rank 2 is lost");
  p.note("again");
  EXPECT_EQ(GetCapturedStderr(), std::string(line) + "\r\x1b[Kmproc: rank 2 is lost\nmproc: again\n");
}

TEST(ProgressLine, draws_nothing_where_there_is_no_terminal_but_prints_notes) {
  CaptureStderr();
  ProgressLine p(false);
  p.draw(progress);
  p.note("rank 2 is lost");
  p.clear();
  EXPECT_EQ(GetCapturedStderr(), "mproc: rank 2 is lost\n");
}

}  // namespace
}  // namespace mproc::launch
