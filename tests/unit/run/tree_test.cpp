#include "mproc/run/tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/random_bytes.hpp"

namespace mproc::run {
namespace {

using base::Rank;
using ::testing::ElementsAre;
using Link = Tree::Link;

TEST(Tree, workers_of_centrals_node_hang_at_central) {
  Tree tree("here");
  for (int rank = 1; rank < 100; ++rank) {
    const Rank worker{rank};
    EXPECT_EQ(tree.add(worker, "here"), (Link{worker, base::central_rank, true}));
  }
}

TEST(Tree, one_rank_of_another_node_gets_it_for_the_others_there) {
  Tree tree("here");
  EXPECT_EQ(tree.add(Rank{1}, "there"), (Link{Rank{1}, base::central_rank, false}));
  EXPECT_EQ(tree.add(Rank{2}, "there"), (Link{Rank{2}, Rank{1}, true}));
  EXPECT_EQ(tree.add(Rank{3}, "there"), (Link{Rank{3}, Rank{1}, true}));
}

TEST(Tree, nodes_fan_out_and_are_near_to_central) {
  Tree tree("here", 2);
  std::map<Rank, int> depth{{base::central_rank, 0}}, children;
  for (int rank = 1; rank <= 1022; ++rank) {
    const auto [child, parent, same_node] = tree.add(Rank{rank}, "node" + std::to_string(rank));
    EXPECT_FALSE(same_node);
    depth[child] = depth.at(parent) + 1;
    EXPECT_LE(depth[child], 9);
    EXPECT_LE(++children[parent], 2);
  }
}

TEST(Tree, children_of_a_lost_rank_hang_at_its_parent) {
  Tree tree("here", 1);
  tree.add(Rank{1}, "a");
  tree.add(Rank{2}, "b");
  tree.add(Rank{3}, "c");
  EXPECT_EQ(tree.parent(Rank{3}), Rank{2});
  EXPECT_THAT(tree.remove(Rank{2}), ElementsAre(Link{Rank{3}, Rank{1}, false}));
  EXPECT_THAT(tree.remove(Rank{1}), ElementsAre(Link{Rank{3}, base::central_rank, false}));
  EXPECT_THAT(tree.remove(Rank{3}), ElementsAre());
}

TEST(Tree, another_rank_of_the_node_takes_the_place_of_one_that_is_lost) {
  Tree tree("here");
  for (int rank = 1; rank <= 3; ++rank) tree.add(Rank{rank}, "there");
  EXPECT_THAT(tree.remove(Rank{1}),
              ElementsAre(Link{Rank{2}, base::central_rank, false}, Link{Rank{3}, Rank{2}, true}));
  EXPECT_EQ(tree.add(Rank{4}, "there"), (Link{Rank{4}, Rank{2}, true}));
}

/// A tree beside a plain account of what it has said.
struct Checked {
  void take(const Link& link) {
    parents[link.child] = link.parent;
    EXPECT_EQ(link.same_node, node(link.child) == node(link.parent));
  }
  void add(Rank rank, const std::string& on) {
    nodes[rank] = on;
    take(tree.add(rank, on));
  }
  void remove(Rank rank) {
    parents.erase(rank);
    for (const Link& link : tree.remove(rank)) take(link);
    nodes.erase(rank);
  }
  std::string node(Rank rank) const { return nodes.contains(rank) ? nodes.at(rank) : "here"; }
  void check() const {
    std::map<std::string, int> from_elsewhere;
    for (const auto& [rank, parent] : parents) {
      EXPECT_EQ(tree.parent(rank), parent);
      if (node(rank) != node(parent)) ++from_elsewhere[node(rank)];
      Rank at = rank;
      std::size_t steps = 0;
      for (; at != base::central_rank && steps <= parents.size(); ++steps) at = parents.at(at);
      EXPECT_EQ(at, base::central_rank) << "a circle";
    }
    for (const auto& [rank, on] : nodes) {
      if (on == "here") continue;
      EXPECT_EQ(from_elsewhere[on], 1) << "it comes once to a node";
    }
  }
  Tree tree{"here"};
  std::map<Rank, Rank> parents;
  std::map<Rank, std::string> nodes;
};

TEST(Tree, brings_it_to_each_node_once_whatever_ranks_come_and_go) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    mproc::testing::Random random(seed);
    Checked checked;
    for (int rank = 1; rank <= 60; ++rank) {
      const auto node = random() % 12;
      checked.add(Rank{rank}, node == 0 ? "here" : "node" + std::to_string(node));
      while (random() % 3 == 0 && !checked.nodes.empty())
        checked.remove(
            std::next(checked.nodes.begin(), static_cast<long>(random() % checked.nodes.size()))->first);
      checked.check();
    }
  }
}

}  // namespace
}  // namespace mproc::run
