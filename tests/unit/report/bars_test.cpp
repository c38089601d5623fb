#include "mproc/report/bars.hpp"

#include <gtest/gtest.h>

namespace mproc::report {
namespace {

journal::Index::Block block(std::uint64_t first, std::uint64_t count) {
  journal::Index::Block out;
  out.origin = {1, 0, 0, "node7"};
  out.tasks.tasks = {first, count};
  out.tasks.start_ns = 1'000'000;
  out.tasks.end_ns = 9'000'000;
  return out;
}

std::vector<Bar> bars_of(BarReader& reader, const journal::Index::Block& from) {
  std::vector<Bar> bars;
  reader.read(from, [&](const Bar& bar) { bars.push_back(bar); });
  return bars;
}

TEST(Bars, timed_tasks_are_one_each) {
  auto from = block(4, 2);
  from.tasks.times = {{0, 10}, {500, 20}};
  from.tasks.failed = {1};
  BarReader reader;
  const auto bars = bars_of(reader, from);
  ASSERT_EQ(bars.size(), 2u);
  EXPECT_EQ(bars[0].tasks, (base::TaskRange{4, 1}));
  EXPECT_EQ(bars[0].failed, 0u);
  EXPECT_EQ(bars[1].start_ns, 1'500'000);
  EXPECT_EQ(bars[1].end_ns, 1'520'000);
  EXPECT_EQ(bars[1].failed, 1u);
}

TEST(Bars, other_tasks_are_one_a_block) {
  auto from = block(0, 100);
  from.tasks.failed = {3, 7};
  BarReader reader;
  const auto bars = bars_of(reader, from);
  ASSERT_EQ(bars.size(), 1u);
  EXPECT_EQ(bars[0].tasks.count, 100u);
  EXPECT_EQ(bars[0].failed, 2u);
  EXPECT_EQ(bars[0].task_ns(), 80'000);
}

TEST(Bars, parts_of_a_block_do_not_have_its_time_twice) {
  BarReader reader;
  EXPECT_EQ(bars_of(reader, block(0, 10))[0].length_ns(), 8'000'000);
  EXPECT_EQ(bars_of(reader, block(10, 5))[0].length_ns(), 0);
  auto elsewhere = block(20, 5);
  elsewhere.origin.rank = 2;
  EXPECT_EQ(bars_of(reader, elsewhere)[0].length_ns(), 8'000'000);
}

TEST(Bars, a_clock_that_was_put_back_makes_no_time_less_than_none) {
  auto from = block(0, 3);
  from.tasks.end_ns = 0;
  BarReader reader;
  EXPECT_EQ(bars_of(reader, from)[0].length_ns(), 0);
  from.tasks.times = {{0, -5}, {0, 1}, {0, 1}};
  EXPECT_EQ(bars_of(reader, from)[0].length_ns(), 0);
}

}  // namespace
}  // namespace mproc::report
