// What all workers get, over several nodes: central, workers and their places in the tree.
#include "mproc/run/relay.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "session.hpp"
#include "support/sanitized.hpp"

namespace mproc::run {
namespace {

using base::Rank;
using ::testing::ElementsAre;
using testing::Ranks;

using Memory = std::shared_ptr<base::NodeMemory>;

/// No two pieces of it are alike.
base::Bytes elements(std::size_t size) {
  base::Bytes bytes(size);
  for (std::uint64_t at = 0; at + sizeof at <= size; at += sizeof at)
    std::memcpy(bytes.data() + at, &at, sizeof at);
  return bytes;
}

bool same(base::ByteView a, base::ByteView b) {
  return base::text(a) == base::text(b);
}

job::ArraySpec array(const std::string& name, std::uint64_t size) {
  return {name, "|u1", {}, false, {size}};
}

Memory filled(const base::Bytes& bytes) {
  auto memory = std::make_shared<base::NodeMemory>(base::NodeMemory::create(bytes.size()));
  memory->write(bytes);
  return memory;
}

constexpr std::size_t megabyte = 1 << 20;

class RelayTest : public ::testing::Test {
 protected:
  std::vector<wire::Type> received() {
    std::vector<wire::Type> types;
    while (const auto message = channels_[1]->receive()) {
      const auto parts = wire::split(message->body);
      types.push_back(parts.type);
      if (parts.type == wire::Type::piece) base::append(got_, parts.payload);
      if (parts.type == wire::Type::share) place_ = wire::decode<wire::Share>(parts).memory;
    }
    return types;
  }
  std::vector<std::unique_ptr<comm::Channel>> channels_ = comm::make_in_process(2);
  Relay relay_{*channels_[0]};
  base::Bytes got_;
  base::MemoryAddress place_;
};

base::Bytes entry_of_map(std::uint32_t number) {
  wire::Map entry;
  entry.spec.map = number;
  return wire::encode(entry);
}

TEST_F(RelayTest, who_comes_late_hears_nothing_of_maps_that_were_dropped) {
  using enum wire::Type;
  relay_.append(wire::encode(wire::Setup{}));
  for (std::uint32_t i = 0; i < 3; ++i) relay_.append(entry_of_map(i), i);
  relay_.drop_maps({0, 2}, wire::encode(wire::ForgetMaps{{0, 2}}));
  EXPECT_EQ(relay_.count(), 5u);
  relay_.follow(Rank{1}, {0, 0, true});
  EXPECT_THAT(received(), ElementsAre(entries, setup, skip, map, skip));
  relay_.append(wire::encode(wire::Start{}));
  EXPECT_THAT(received(), ElementsAre(start));
}

TEST_F(RelayTest, who_has_a_map_is_told_that_it_is_dropped) {
  using enum wire::Type;
  relay_.follow(Rank{1}, {0, 0, true});
  relay_.append(entry_of_map(7), 7);
  relay_.drop_maps({7}, wire::encode(wire::ForgetMaps{{7}}));
  EXPECT_THAT(received(), ElementsAre(entries, map, forget_maps));
  relay_.follow(Rank{1}, {1, 0, true});  // amid them, from another parent: what was dropped is not needed
  EXPECT_THAT(received(), ElementsAre(entries, skip));
}

TEST_F(RelayTest, a_skip_is_passed_on) {
  using enum wire::Type;
  relay_.follow(Rank{1}, {0, 0, true});
  relay_.skip_to(4);
  relay_.skip_to(2);  // no way back
  EXPECT_EQ(relay_.count(), 4u);
  relay_.append(wire::encode(wire::Start{}));
  EXPECT_THAT(received(), ElementsAre(entries, skip, start));
}

TEST_F(RelayTest, sends_an_array_to_another_node_a_few_pieces_at_a_time) {
  const auto bytes = elements(30 * megabyte);
  relay_.append(array("X", bytes.size()), filled(bytes));
  relay_.append(wire::encode(wire::Start{}));
  relay_.follow(Rank{1}, {0, 0, false});
  using enum wire::Type;
  EXPECT_THAT(received(), ElementsAre(entries, share, piece, piece, piece, piece));
  EXPECT_EQ(place_.pid, 0);
  EXPECT_THAT(received(), ElementsAre());
  relay_.taken(Rank{1});
  relay_.taken(Rank{1});
  EXPECT_THAT(received(), ElementsAre(piece, piece));
  for (int i = 0; i < 6; ++i) relay_.taken(Rank{1});
  EXPECT_THAT(received(), ElementsAre(piece, piece, start));
  EXPECT_TRUE(same(got_, bytes));
}

TEST_F(RelayTest, tells_a_rank_of_its_node_where_an_array_is_once_it_is_whole) {
  const auto memory = std::make_shared<base::NodeMemory>(base::NodeMemory::create(3));
  relay_.append(array("X", 3), memory);
  relay_.follow(Rank{1}, {0, 0, true});
  using enum wire::Type;
  EXPECT_THAT(received(), ElementsAre(entries));
  memory->write(base::view("abc"));
  relay_.progress();
  EXPECT_THAT(received(), ElementsAre(share));
  EXPECT_TRUE(base::NodeMemory::open(place_));
}

TEST_F(RelayTest, passes_on_what_has_come_of_an_array_before_it_is_whole) {
  const auto memory = std::make_shared<base::NodeMemory>(base::NodeMemory::create(6));
  relay_.append(array("X", 6), memory);
  relay_.follow(Rank{1}, {0, 0, false});
  memory->write(base::view("abc"));
  relay_.progress();
  using enum wire::Type;
  EXPECT_THAT(received(), ElementsAre(entries, share, piece));
  memory->write(base::view("def"));
  relay_.progress();
  EXPECT_THAT(received(), ElementsAre(piece));
  EXPECT_EQ(base::text(got_), "abcdef");
}

TEST_F(RelayTest, goes_on_where_a_child_of_another_rank_had_stopped) {
  const auto bytes = elements(10 * megabyte);
  relay_.append(wire::encode(wire::Init{}));
  relay_.append(array("X", bytes.size()), filled(bytes));
  relay_.follow(Rank{1}, {1, 9 * megabyte, false});
  using enum wire::Type;
  EXPECT_THAT(received(), ElementsAre(entries, share, piece));
  EXPECT_TRUE(same(got_, base::ByteView(bytes).subspan(9 * megabyte)));
}

TEST_F(RelayTest, sends_nothing_more_of_an_array_that_was_forgotten) {
  const auto memory = filled(elements(30 * megabyte));
  const std::weak_ptr<base::NodeMemory> left = memory;
  relay_.append(array("X", memory->size()), memory);
  relay_.follow(Rank{1}, {0, 0, false});
  received();
  relay_.drop_array("X");
  using enum wire::Type;
  EXPECT_THAT(received(), ElementsAre(forget)) << "an entry in its place: they are counted";
  EXPECT_EQ(left.use_count(), 1);
}

/// Nodes of 7 workers: three with two or three ranks, and central's own.
const std::vector<std::string> nodes{"a", "b", "b", "c", "c", "c", "a", "d"};

struct Quiet : Central::Listener {
  void on_setup_failed(Rank, const std::string&, const base::Failure&, std::size_t) override {}
  void on_no_worker(const std::string&) override {}
};

class SeveralNodes : public ::testing::Test {
 protected:
  static std::uint64_t kernel(std::uint64_t task, std::uint32_t) { return task; }
  void expect_all_have(const base::Bytes& x, int lost = 0) {
    for (int rank = 1; rank <= 7; ++rank) {
      if (rank == lost) continue;
      EXPECT_THAT(ranks_.pool(rank).loaded, ElementsAre("init before", "share X", "init after", "map 3"))
          << rank;
      const auto found = ranks_.pool(rank).data.find("X");
      ASSERT_TRUE(found) << rank;
      EXPECT_TRUE(same(found->elements(), x)) << rank;
    }
  }
  void give(Central& central, const base::Bytes& x) {
    central.init({0, "before", ""});
    central.share(array("X", x.size()), filled(x));
    central.init({0, "after", ""});
    job::MapSpec spec;
    spec.map = 3;
    central.prepare(spec);
    central.start();
  }
  bool all_have_the_map(int lost = 0) {
    for (int rank = 1; rank <= 7; ++rank)
      if (rank != lost && (ranks_.pool(rank).loaded.empty() || ranks_.pool(rank).loaded.back() != "map 3"))
        return false;
    return true;
  }
  Ranks ranks_{7, kernel, {}, nodes};
  Quiet quiet_;
};

TEST_F(SeveralNodes, get_init_code_arrays_and_kernels_in_their_order) {
  Central central(ranks_.environment(), {}, quiet_);
  const auto x = elements(11 * megabyte);
  give(central, x);
  EXPECT_TRUE(ranks_.until(central, [&] { return all_have_the_map(); }));
  expect_all_have(x);
}

TEST_F(SeveralNodes, get_them_also_when_they_come_late) {
  Central central(ranks_.environment(), {}, quiet_);
  for (int rank = 1; rank <= 7; ++rank) ranks_.hang(Rank{rank});
  const auto x = elements(11 * megabyte);
  give(central, x);
  for (int rank = 7; rank >= 1; --rank) {
    ranks_.go_on(Rank{rank});
    for (int i = 0; i < 3; ++i) {
      central.step(true);
      ranks_.step();
    }
  }
  EXPECT_TRUE(ranks_.until(central, [&] { return all_have_the_map(); }));
  expect_all_have(x);
}

/// Each rank dies once, a few steps later each time: before, amid and after the array.
class LossOnTheWay : public ::testing::TestWithParam<int> {};

TEST_P(LossOnTheWay, costs_the_other_ranks_nothing) {
  const bool sanitized = mproc::testing::sanitized;
  const auto x = elements((sanitized ? 18 : 30) * megabyte);  // more than is under way at once
  for (int steps = sanitized ? GetParam() : 0; steps < 16; steps += sanitized ? 8 : 2) {
    Ranks ranks(
        7, [](std::uint64_t task, std::uint32_t) { return task; }, {}, nodes);
    Quiet quiet;
    Central central(ranks.environment(), {}, quiet);
    central.share(array("X", x.size()), filled(x));
    central.start();
    for (int i = 0; i < steps; ++i) {
      central.step(true);
      ranks.step();
    }
    ranks.kill(Rank{GetParam()});
    EXPECT_TRUE(ranks.until(central, [&] { return central.executors() == 6; })) << steps;
    for (int rank = 1; rank <= 7; ++rank) {
      if (rank == GetParam()) continue;
      EXPECT_TRUE(same(ranks.pool(rank).data.find("X")->elements(), x)) << rank;
    }
  }
}
INSTANTIATE_TEST_SUITE_P(SeveralNodes, LossOnTheWay, ::testing::Values(1, 2, 3, 6, 7));

TEST_F(SeveralNodes, forget_an_array_and_get_another_of_its_name) {
  Central central(ranks_.environment(), {}, quiet_);
  const auto first = filled(elements(megabyte));
  const std::weak_ptr<base::NodeMemory> left = first;
  central.share(array("X", megabyte), first);
  const auto x = elements(5 * megabyte);
  central.share(array("X", x.size()), filled(x));
  central.unshare("Y");
  central.start();
  const auto all_ready = [&] { return central.executors() == 7; };
  EXPECT_TRUE(ranks_.until(central, all_ready));
  EXPECT_EQ(left.use_count(), 1);
  for (int rank = 1; rank <= 7; ++rank)
    EXPECT_TRUE(same(ranks_.pool(rank).data.find("X")->elements(), x)) << rank;
  central.unshare("X");
  EXPECT_TRUE(ranks_.until(central, [&] {
    for (int rank = 1; rank <= 7; ++rank)
      if (ranks_.pool(rank).data.find("X")) return false;
    return true;
  }));
}

}  // namespace
}  // namespace mproc::run
