#include "mproc/schedule/interval_set.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace mproc::schedule {
namespace {

using base::TaskRange;

TEST(IntervalSet, gives_tasks_in_index_order_whatever_the_order_they_came_in) {
  IntervalSet set;
  set.add({20, 5});
  set.add({0, 3});
  set.add({10, 2});
  EXPECT_EQ(set.size(), 10u);
  EXPECT_EQ(set.take_front(100), (TaskRange{0, 3}));
  EXPECT_EQ(set.take_front(1), (TaskRange{10, 1}));
  EXPECT_EQ(set.take_front(1), (TaskRange{11, 1}));
  EXPECT_EQ(set.take_front(2), (TaskRange{20, 2}));
  EXPECT_EQ(set.front(), (TaskRange{22, 3}));
}

TEST(IntervalSet, neighbours_become_one_range) {
  IntervalSet set;
  set.add({0, 2});
  set.add({4, 2});
  set.add({2, 2});
  EXPECT_EQ(set.front(), (TaskRange{0, 6}));
  set.clear();
  EXPECT_TRUE(set.empty());
  EXPECT_EQ(set.size(), 0u);
}

TEST(IntervalSet, nothing_added_is_nothing) {
  IntervalSet set;
  set.add({7, 0});
  EXPECT_TRUE(set.empty());
}

TEST(IntervalSetDeathTest, a_task_cannot_be_pending_twice) {
  IntervalSet set;
  set.add({5, 5});
  EXPECT_DEATH(set.add({9, 3}), "in the set");
  EXPECT_DEATH(set.add({3, 3}), "in the set");
  EXPECT_DEATH(set.add({5, 5}), "in the set");
}

TEST(IntervalSet, holds_what_a_set_of_tasks_would) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    IntervalSet set;
    std::set<std::uint64_t> model;
    for (int step = 0; step < 300; ++step) {
      if (random() % 2 == 0 || model.empty()) {
        const TaskRange range{random() % 100, random() % 6};
        const auto clash = model.lower_bound(range.first);
        if (clash != model.end() && *clash < range.end()) continue;
        set.add(range);
        for (auto task = range.first; task < range.end(); ++task) model.insert(task);
      } else {
        const std::uint64_t max = 1 + random() % 8;
        const TaskRange taken = set.take_front(max);
        ASSERT_EQ(taken.first, *model.begin());
        ASSERT_TRUE(taken.count == max || !model.contains(taken.end()));
        for (auto task = taken.first; task < taken.end(); ++task) ASSERT_EQ(model.erase(task), 1u);
      }
      ASSERT_EQ(set.size(), model.size());
    }
  }
}

}  // namespace
}  // namespace mproc::schedule
