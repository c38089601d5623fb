#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "mproc/base/ids.hpp"

namespace mproc::run {

/// From whom each worker gets what all get. Central is the root. Workers of central's node get it from
/// central; of every other node one rank gets it from central or from another node's rank, and passes it on
/// to the others of its node. Nothing is sent here: central decides by it.
class Tree {
 public:
  /// `fan_out`: nodes that one rank passes it on to, at most, as long as no rank is lost.
  explicit Tree(std::string central_node, std::uint32_t fan_out = 2);
  struct Link {
    base::Rank child, parent;
    bool same_node = false;
    friend bool operator==(const Link&, const Link&) = default;
  };
  /// Where a new worker belongs.
  Link add(base::Rank worker, const std::string& node);
  /// The worker is lost: where those belong that had it as their parent.
  std::vector<Link> remove(base::Rank worker);
  bool contains(base::Rank worker) const { return places_.contains(worker); }
  base::Rank parent(base::Rank worker) const { return places_.at(worker).parent; }

 private:
  struct Place {
    std::string node;
    base::Rank parent;
    std::uint32_t depth = 0;
    std::uint32_t nodes = 0;  // other nodes that get it from here
  };
  Link attach(base::Rank worker, base::Rank parent);
  void count_node(base::Rank parent, int change);

  std::uint32_t fan_out_;
  std::map<base::Rank, Place> places_;
  std::map<std::string, base::Rank> first_of_;  // the rank of each node that has it for the others
  std::set<std::pair<std::uint32_t, base::Rank>> has_room_;  // by depth
};

}  // namespace mproc::run
