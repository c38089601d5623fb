#include "mproc/run/item_window.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <utility>

#include "support/random_bytes.hpp"
#include "support/values.hpp"

namespace mproc::run {
namespace {

using base::Bytes;
using mproc::testing::below;

/// Items `first`, `first`+1, ...: each its own number, with padding that makes sizes differ.
Bytes item(std::uint64_t index) {
  return mproc::testing::packed(std::pair(index, std::string(index % 13, 'p')));
}

job::ItemBatch batch(std::uint64_t first, std::uint64_t count) {
  job::ItemBatch b;
  b.first = first;
  for (std::uint64_t i = first; i < first + count; ++i) {
    base::append(b.data.bytes, item(i));
    b.ends.push_back(b.data.bytes.size());
  }
  return b;
}

Bytes items(base::TaskRange tasks) {
  Bytes all;
  for (std::uint64_t i = tasks.first; i < tasks.end(); ++i) base::append(all, item(i));
  return all;
}

Bytes copied(const ItemWindow& window, base::TaskRange tasks) {
  Bytes to;
  window.copy(tasks, to);
  return to;
}

TEST(ItemWindow, gives_items_within_and_across_batches) {
  ItemWindow window;
  window.add(batch(0, 10), 10);
  window.add(batch(10, 5), 5);
  for (const base::TaskRange tasks : {base::TaskRange{0, 1}, {3, 4}, {9, 2}, {0, 15}, {14, 1}, {5, 0}})
    EXPECT_EQ(copied(window, tasks), items(tasks)) << tasks.first;
}

TEST(ItemWindow, appends_to_what_is_there) {
  ItemWindow window;
  window.add(batch(0, 3), 3);
  Bytes to(2, std::byte{7});
  window.copy({1, 1}, to);
  EXPECT_EQ(to.size(), 2 + item(1).size());
  EXPECT_EQ(to[1], std::byte{7});
}

job::ItemBatch large_batch(std::uint64_t first, std::size_t item_bytes, bool shared) {
  static base::SharedPool pool;
  job::ItemBatch b;
  b.first = first;
  for (int i = 0; i < 4; ++i) {
    b.data.bytes.resize(b.data.bytes.size() + item_bytes, static_cast<std::byte>(first + i));
    b.ends.push_back(b.data.bytes.size());
  }
  if (shared) b.data = pool.copy({std::exchange(b.data.bytes, {})});
  return b;
}

TEST(ItemWindow, shares_many_bytes_and_copies_few) {
  ItemWindow window;
  window.add(large_batch(0, 200'000, false), 4);
  window.add(large_batch(4, 300'000, false), 4);
  EXPECT_FALSE(window.share({0, 1}));
  for (const base::TaskRange tasks : {base::TaskRange{0, 2}, {3, 2}, {5, 1}, {0, 8}}) {
    const base::SharedBytes shared = window.share(tasks);
    const Bytes expected = copied(window, tasks);
    EXPECT_TRUE(std::ranges::equal(shared.view(), expected)) << tasks.first;
  }
}

TEST(ItemWindow, hands_on_what_is_shared_already) {
  ItemWindow window;
  window.add(large_batch(0, 300'000, true), 4);
  window.add(large_batch(4, 300'000, false), 4);
  EXPECT_EQ(window.share({1, 1}).view().data() + 300'000, window.share({2, 2}).view().data());
  const Bytes expected = copied(window, {2, 4});
  EXPECT_TRUE(std::ranges::equal(window.share({2, 4}).view(), expected));
}

TEST(ItemWindow, items_keep_their_alignment_in_shared_memory) {
  ItemWindow window;
  window.add(large_batch(0, 300'001, false), 4);
  for (std::uint64_t i = 0; i < 4; ++i)
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(window.share({i, 1}).view().data()) % 64, i * 300'001 % 64);
}

TEST(ItemWindow, drops_a_batch_when_all_its_tasks_have_finished) {
  ItemWindow window;
  window.add(batch(0, 4), 4);
  window.add(batch(4, 4), 4);
  const std::size_t both = window.bytes();
  EXPECT_EQ(both, items({0, 8}).size());
  window.finished({2, 4});
  EXPECT_EQ(window.bytes(), both) << "each batch has tasks left";
  window.finished({0, 2});
  EXPECT_EQ(window.bytes(), items({4, 4}).size());
  window.finished({6, 2});
  EXPECT_EQ(window.bytes(), 0u);
}

TEST(ItemWindow, keeps_nothing_of_a_batch_of_which_nothing_will_run) {
  ItemWindow window;
  window.add(batch(0, 4), 0);
  EXPECT_EQ(window.bytes(), 0u);
}

TEST(ItemWindow, counts_only_tasks_that_will_run) {
  ItemWindow window;
  window.add(batch(0, 10), 2);  // --tasks 3,7
  EXPECT_EQ(copied(window, {3, 1}), item(3));
  window.finished({3, 1});
  EXPECT_EQ(copied(window, {7, 1}), item(7));
  window.finished({7, 1});
  EXPECT_EQ(window.bytes(), 0u);
}

TEST(ItemWindow, behaves_as_a_map_of_items_under_random_use) {
  for (unsigned seed = 0; seed < 30; ++seed) {
    mproc::testing::Random random(seed);
    ItemWindow window;
    std::map<std::uint64_t, std::uint64_t> open;       // task: its batch
    std::map<std::uint64_t, std::size_t> left, sizes;  // of batches
    std::uint64_t next = 0, number = 0;
    for (int step = 0; step < 400; ++step) {
      if (open.empty() || below(random, 4) == 0) {
        const std::uint64_t count = 1 + below(random, 20);
        auto b = batch(next, count);
        sizes[number] = b.data.bytes.size();
        left[number] = count;
        window.add(std::move(b), count);
        for (std::uint64_t i = 0; i < count; ++i) open[next + i] = number;
        next += count;
        ++number;
      } else {
        auto at = open.begin();
        std::advance(at, static_cast<std::ptrdiff_t>(below(random, open.size())));
        base::TaskRange tasks{at->first, 0};
        const std::uint64_t most = 1 + below(random, 8);
        while (tasks.count < most && open.contains(tasks.end())) ++tasks.count;
        ASSERT_EQ(copied(window, tasks), items(tasks));
        if (below(random, 2) == 0) continue;
        window.finished(tasks);
        for (std::uint64_t i = tasks.first; i < tasks.end(); ++i) {
          --left[open[i]];
          open.erase(i);
        }
      }
      std::size_t expected = 0;
      for (const auto& [b, n] : left)
        if (n > 0) expected += sizes[b];
      ASSERT_EQ(window.bytes(), expected);
    }
  }
}

}  // namespace
}  // namespace mproc::run
