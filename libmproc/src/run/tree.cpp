#include "mproc/run/tree.hpp"

#include <algorithm>

namespace mproc::run {

Tree::Tree(std::string central_node, std::uint32_t fan_out) : fan_out_(fan_out) {
  first_of_[central_node] = base::central_rank;
  places_[base::central_rank] = {std::move(central_node), base::central_rank};
  has_room_.insert({0, base::central_rank});
}

Tree::Link Tree::add(base::Rank worker, const std::string& node) {
  places_[worker].node = node;
  const auto [first, is_new_node] = first_of_.try_emplace(node, worker);
  if (!is_new_node) return attach(worker, first->second);
  const base::Rank parent = has_room_.begin()->second;
  const Link link = attach(worker, parent);
  has_room_.insert({places_.at(worker).depth, worker});
  return link;
}

Tree::Link Tree::attach(base::Rank worker, base::Rank parent) {
  Place& place = places_.at(worker);
  const Place& above = places_.at(parent);
  place.parent = parent;
  place.depth = above.depth + 1;
  const bool same_node = place.node == above.node;
  if (!same_node) count_node(parent, 1);
  return {worker, parent, same_node};
}

void Tree::count_node(base::Rank parent, int change) {
  Place& place = places_.at(parent);
  place.nodes += static_cast<std::uint32_t>(change);
  if (place.nodes < fan_out_)
    has_room_.insert({place.depth, parent});
  else
    has_room_.erase({place.depth, parent});
}

std::vector<Tree::Link> Tree::remove(base::Rank worker) {
  const Place lost = places_.extract(worker).mapped();
  has_room_.erase({lost.depth, worker});
  if (lost.node != places_.at(lost.parent).node) count_node(lost.parent, -1);
  std::vector<base::Rank> orphans;
  for (const auto& [rank, place] : places_)
    if (place.parent == worker) orphans.push_back(rank);
  std::vector<Link> links;
  if (first_of_.at(lost.node) == worker) first_of_.erase(lost.node);
  for (const base::Rank rank : orphans) {
    const std::string& node = places_.at(rank).node;
    // The first of the node's others takes its place; all of these links lead up from where they were, so
    // that no circle can come about.
    const bool is_next = node == lost.node && !first_of_.contains(node);
    const bool is_other = node == lost.node && !is_next;
    has_room_.erase({places_.at(rank).depth, rank});
    links.push_back(attach(rank, is_other ? first_of_.at(node) : lost.parent));
    if (is_next) first_of_[node] = rank;
    if (!is_other) count_node(rank, 0);
  }
  return links;
}

}  // namespace mproc::run
