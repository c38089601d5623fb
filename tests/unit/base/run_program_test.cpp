#include "mproc/base/run_program.hpp"

#include <gtest/gtest.h>

#include <csignal>

#include "mproc/base/time.hpp"

namespace mproc::base {
namespace {

using namespace std::chrono_literals;

TEST(RunProgram, gives_status_and_both_outputs) {
  const auto result = run_program({"sh", "-c", "echo out; echo err >&2; cat; exit 3"}, 60s);
  EXPECT_EQ(result.status, 3);
  EXPECT_EQ(result.out, "out");
  EXPECT_EQ(result.err, "err");
}

TEST(RunProgram, takes_more_than_a_pipe_holds) {
  const auto result =
      run_program({"sh", "-c", "head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2"}, 60s);
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(result.out.size(), 300'000u);
  EXPECT_EQ(result.err.size(), 300'000u);
}

TEST(RunProgram, that_is_not_there_is_said_as_a_shell_says_it) {
  const auto result = run_program({"no-such-program"}, 60s);
  EXPECT_EQ(result.status, 127);
  EXPECT_EQ(result.err, "there is no no-such-program on PATH");
}

TEST(RunProgram, ends_at_the_limit_and_with_the_program_whatever_it_left_running) {
  EXPECT_EQ(run_program({"sleep", "1000"}, 10ms).status, 128 + SIGKILL);
  const std::int64_t begin = monotonic_ns();
  EXPECT_TRUE(run_program({"sh", "-c", "sleep 100 & exit 0"}, 90s).ok());
  EXPECT_LT(monotonic_ns() - begin, 80 * second_ns);
}

TEST(RunProgram, has_signals_as_a_new_process_has_them) {
  sigset_t term, before;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &term, &before);
  EXPECT_EQ(run_program({"sh", "-c", "kill -TERM $$; exit 0"}, 60s).status, 128 + SIGTERM);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace
}  // namespace mproc::base
