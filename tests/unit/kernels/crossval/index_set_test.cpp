#include "mproc/kernels/crossval/index_set.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mproc::kernels::crossval {
namespace {

using List = std::vector<std::uint32_t>;
using Ranges = std::vector<IndexSet::Range>;

TEST(IndexSetTest, numbers_that_follow_each_other_are_kept_as_ranges) {
  const IndexSet set(List{7, 8, 9, 2, 3, 4, 5});
  EXPECT_EQ(set.ranges(), (Ranges{{7, 10}, {2, 6}}));
  EXPECT_TRUE(set.numbers().empty());
  EXPECT_EQ(set.list(), (List{7, 8, 9, 2, 3, 4, 5}));
  EXPECT_EQ(set.size(), 7U);
  EXPECT_EQ(IndexSet(List{7}).ranges(), (Ranges{{7, 8}}));
}

TEST(IndexSetTest, scattered_numbers_are_kept_as_a_list) {
  const List scattered{9, 1, 5, 6};
  const IndexSet set(scattered);
  EXPECT_TRUE(set.ranges().empty());
  EXPECT_EQ(set.numbers(), scattered);
  EXPECT_EQ(set.list(), scattered);
}

TEST(IndexSetTest, sets_of_the_same_numbers_are_equal_however_they_were_made) {
  EXPECT_EQ(IndexSet::of_ranges({{0, 2}, {2, 2}, {2, 4}}), IndexSet(List{0, 1, 2, 3}));
  EXPECT_EQ(IndexSet::of_ranges({{3, 4}, {8, 9}}), IndexSet(List{3, 8}));
  EXPECT_EQ(IndexSet::of_ranges({{3, 3}}), IndexSet());
  EXPECT_NE(IndexSet(List{0, 1}), IndexSet(List{1, 0}));
}

TEST(IndexSetTest, goes_through_its_numbers_in_order) {
  for (const List& list : {List{4, 5, 6, 7}, List{3, 1, 2}, List{}}) {
    List seen;
    IndexSet(list).for_each([&](std::uint32_t number) { seen.push_back(number); });
    EXPECT_EQ(seen, list);
    EXPECT_EQ(IndexSet(list).empty(), list.empty());
  }
}

}  // namespace
}  // namespace mproc::kernels::crossval
