#include "mproc/run/tally.hpp"

#include <gtest/gtest.h>

#include "support/failures.hpp"

namespace mproc::run {
namespace {

using mproc::testing::failure;

Tally failed(job::FailureLimit limit, std::uint64_t count) {
  Tally tally(limit);
  for (std::uint64_t i = 0; i < count; ++i) tally.failed(i, failure("ValueError", "bad"));
  return tally;
}

TEST(Tally, counts) {
  Tally tally({});
  tally.succeeded(5);
  tally.succeeded(2);
  tally.failed(3, failure("ValueError", "bad"));
  EXPECT_EQ(tally.succeeded(), 7u);
  EXPECT_EQ(tally.failed(), 1u);
}

TEST(Tally, no_limit_never_stops_a_run_that_has_successes) {
  Tally tally({});
  tally.succeeded(1);
  for (std::uint64_t i = 0; i < 1000; ++i) tally.failed(i, failure("ValueError", "bad"));
  EXPECT_EQ(tally.reason_to_stop(2000), "");
}

TEST(Tally, stops_when_the_first_fifty_all_fail_alike) {
  EXPECT_EQ(failed({}, 49).reason_to_stop(0), "");
  EXPECT_EQ(failed({}, 50).reason_to_stop(0),
            "the first 50 tasks all failed alike (ValueError: bad); set max-failures in [run] to go on all "
            "the same");
  Tally unlike({});
  for (std::uint64_t i = 0; i < 60; ++i) unlike.failed(i, failure("ValueError", i % 2 ? "bad" : "worse"));
  EXPECT_EQ(unlike.reason_to_stop(0), "");
}

TEST(Tally, fifty_alike_stop_nothing_when_they_are_not_the_runs_first) {
  Tally tally({}, false);
  for (std::uint64_t i = 0; i < 60; ++i) tally.failed(i, failure("ValueError", "bad"));
  EXPECT_EQ(tally.reason_to_stop(1000), "");
}

TEST(Tally, fifty_alike_stop_a_run_whose_share_cannot_be_known_yet) {
  EXPECT_EQ(
      failed({{}, 0.05}, 50).reason_to_stop(0),
      "the first 50 tasks all failed alike (ValueError: bad); set max-failures in [run] to a count to go "
      "on all the same");
  EXPECT_EQ(failed({{}, 0.05}, 50).reason_to_stop(1000), "");
}

TEST(Tally, stops_when_more_fail_than_the_count_allows) {
  EXPECT_EQ(failed({3, {}}, 3).reason_to_stop(100), "");
  EXPECT_EQ(failed({3, {}}, 4).reason_to_stop(100), "4 tasks failed, more than max-failures = 3");
  EXPECT_EQ(failed({0, {}}, 1).reason_to_stop(100), "1 tasks failed, more than max-failures = 0");
  EXPECT_EQ(failed({0, {}}, 0).reason_to_stop(100), "");
}

TEST(Tally, stops_when_more_fail_than_the_share_allows) {
  EXPECT_EQ(failed({{}, 0.05}, 5).reason_to_stop(100), "");
  EXPECT_EQ(failed({{}, 0.05}, 6).reason_to_stop(100),
            "6 of 100 tasks failed, more than max-failures = \"5%\"");
  EXPECT_EQ(failed({{}, 0.05}, 6).reason_to_stop(0), "") << "of how many is not known yet";
}

TEST(Tally, a_limit_of_the_users_replaces_the_one_of_fifty_alike) {
  EXPECT_EQ(failed({100, {}}, 60).reason_to_stop(1000), "");
  EXPECT_EQ(failed({{}, 1.0}, 60).reason_to_stop(60), "");
}

}  // namespace
}  // namespace mproc::run
