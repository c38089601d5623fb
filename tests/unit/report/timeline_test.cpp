#include "mproc/report/timeline.hpp"

#include <gtest/gtest.h>

#include <random>

namespace mproc::report {
namespace {

Bar bar(std::uint32_t executor, std::int64_t start, std::int64_t end, std::uint64_t tasks = 1,
        std::uint64_t failed = 0) {
  Bar out;
  out.tasks = {0, tasks};
  out.failed = failed;
  out.start_ns = start;
  out.end_ns = end;
  out.executor = executor;
  return out;
}

std::int64_t busy_in(const Timeline& timeline, std::size_t row) {
  std::int64_t sum = 0;
  for (std::size_t bin = 0; bin < timeline.bins(); ++bin) sum += timeline.busy_ns(row, bin);
  return sum;
}

TEST(Timeline, of_bins_each_has_the_time_that_falls_into_it) {
  Timeline timeline(99, 2, {.cells = 20, .row_bins = 10});
  ASSERT_EQ(timeline.bins(), 10u);
  ASSERT_EQ(timeline.bin_ns(), 10);
  timeline.add(bar(1, 5, 27));
  EXPECT_EQ(timeline.busy_ns(1, 0), 5);
  EXPECT_EQ(timeline.busy_ns(1, 1), 10);
  EXPECT_EQ(timeline.busy_ns(1, 2), 7);
  EXPECT_EQ(busy_in(timeline, 1), 22);
  EXPECT_EQ(busy_in(timeline, 0), 0);
  EXPECT_EQ(timeline.ended(2), 1u);
}

TEST(Timeline, tasks_of_a_block_end_all_along_it) {
  Timeline timeline(39, 1, {.row_bins = 4});
  timeline.add(bar(0, 0, 40, 100, 4));
  for (std::size_t bin = 0; bin < 4; ++bin) {
    EXPECT_EQ(timeline.ended(bin), 25u) << bin;
    EXPECT_EQ(timeline.failed(0, bin), 1u) << bin;
  }
}

TEST(Timeline, what_lies_outside_of_the_axis_is_in_its_outer_bins) {
  Timeline timeline(39, 1, {.row_bins = 4});
  timeline.add(bar(0, -7, 3));
  timeline.add(bar(0, 35, 90));
  timeline.add(bar(0, 100, 101));
  EXPECT_EQ(busy_in(timeline, 0), 10 + 55 + 1);
  EXPECT_EQ(timeline.ended(3), 2u);
}

TEST(Timeline, neighbours_share_a_row_where_there_are_too_many) {
  Timeline timeline(100, 7, {.rows = 3, .row_bins = 1});
  EXPECT_EQ(timeline.rows(), 3u);
  EXPECT_EQ(timeline.executors_of(0), 3u);
  EXPECT_EQ(timeline.executors_of(2), 1u);
  timeline.add(bar(2, 0, 5));
  timeline.add(bar(6, 0, 7));
  EXPECT_EQ(busy_in(timeline, 0), 5);
  EXPECT_EQ(busy_in(timeline, 2), 7);
}

TEST(Timeline, of_very_many_bars_the_longest_are_kept) {
  Timeline timeline(10'000, 1, {.bars = 10});
  for (std::int64_t i = 0; i < 1000; ++i) timeline.add(bar(0, i, i + (i * 37) % 1000));
  const auto bars = timeline.bars();
  ASSERT_EQ(bars.size(), 10u);
  EXPECT_FALSE(timeline.has_all_bars());
  for (const Bar& kept : bars) EXPECT_GE(kept.length_ns(), 990);
  for (std::size_t i = 1; i < bars.size(); ++i) EXPECT_LE(bars[i - 1].start_ns, bars[i].start_ns);
}

TEST(Timeline, keeps_a_few_bars_all) {
  Timeline timeline(10, 1);
  timeline.add(bar(0, 1, 2));
  EXPECT_TRUE(timeline.has_all_bars());
  EXPECT_EQ(timeline.bars().size(), 1u);
}

TEST(Timeline, of_nothing_has_a_bin) {
  const Timeline timeline(0, 0);
  EXPECT_EQ(timeline.bins(), 1u);
  EXPECT_EQ(timeline.rows(), 1u);
  EXPECT_EQ(timeline.busy_ns(0, 0), 0);
}

/// Whatever the bars, no time and no task is lost, and none is counted twice.
TEST(Timeline, sums_of_bins_are_those_of_the_bars) {
  std::mt19937_64 random(7);
  const auto up_to = [&](std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(0, most)(random);
  };
  for (int round = 0; round < 300; ++round) {
    const std::int64_t length = up_to(round % 2 == 0 ? 1000 : std::int64_t{1} << 55);
    const auto executors = static_cast<std::uint32_t>(1 + up_to(40));
    const PictureSize size{.rows = static_cast<std::size_t>(1 + up_to(50)),
                           .cells = static_cast<std::size_t>(1 + up_to(500)),
                           .row_bins = static_cast<std::size_t>(1 + up_to(100)),
                           .bars = 5};
    Timeline timeline(length, executors, size);
    std::int64_t busy = 0;
    std::uint64_t tasks = 0, failed = 0;
    for (int i = 0; i < 50; ++i) {
      const std::int64_t start = up_to(length), end = start + up_to(length - start);
      const auto many = static_cast<std::uint64_t>(1 + up_to(3) * up_to(1000));
      const auto bad = static_cast<std::uint64_t>(up_to(static_cast<std::int64_t>(many)));
      timeline.add(bar(static_cast<std::uint32_t>(up_to(executors - 1)), start, end, many, bad));
      busy += end - start;
      tasks += many;
      failed += bad;
    }
    for (std::size_t row = 0; row < timeline.rows(); ++row) {
      busy -= busy_in(timeline, row);
      for (std::size_t bin = 0; bin < timeline.bins(); ++bin) failed -= timeline.failed(row, bin);
    }
    for (std::size_t bin = 0; bin < timeline.bins(); ++bin) tasks -= timeline.ended(bin);
    ASSERT_EQ(busy, 0) << "round " << round;
    ASSERT_EQ(tasks, 0u) << "round " << round;
    ASSERT_EQ(failed, 0u) << "round " << round;
    ASSERT_LE(timeline.rows() * timeline.bins(), std::max(size.cells, timeline.rows()));
  }
}

}  // namespace
}  // namespace mproc::report
