// What no header offers.
#include "../../../libmproc/src/run/signals.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "support/process.hpp"

namespace mproc::run {
namespace {

TEST(CaughtSignals, become_notes_and_ring) {
  base::Doorbell bell;
  CaughtSignals signals(bell);
  EXPECT_EQ(signals.take(), std::nullopt);
  const auto before = bell.count();
  ::raise(SIGTERM);
  EXPECT_NE(bell.count(), before);
  EXPECT_EQ(signals.take(), base::ExitStatus::drained);
  EXPECT_EQ(signals.take(), std::nullopt);
  ::raise(SIGINT);
  EXPECT_EQ(signals.take(), base::ExitStatus::interrupted);
}

TEST(CaughtSignals, leave_the_handlers_that_were_there) {
  struct sigaction ignore {
  }, after{};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGTERM, &ignore, nullptr);
  {
    base::Doorbell bell;
    CaughtSignals signals(bell);
  }
  ::sigaction(SIGTERM, nullptr, &after);
  EXPECT_EQ(after.sa_handler, SIG_IGN);
  ::signal(SIGTERM, SIG_DFL);
}

TEST(CaughtSignals, a_second_interrupt_ends_the_process_also_when_the_first_was_taken) {
  mproc::testing::Child child([] {
    base::Doorbell bell;
    CaughtSignals signals(bell);
    ::raise(SIGINT);
    if (signals.take() != base::ExitStatus::interrupted) return 1;
    ::raise(SIGTERM);  // is no second one
    if (signals.take() != base::ExitStatus::drained) return 2;
    ::raise(SIGINT);
    return 3;
  });
  EXPECT_EQ(child.wait(), 130);
}

}  // namespace
}  // namespace mproc::run
