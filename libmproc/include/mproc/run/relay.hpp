#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "mproc/base/node_memory.hpp"
#include "mproc/comm/channel.hpp"
#include "mproc/wire/message.hpp"

namespace mproc::run {

/// The entries that every worker gets, in their order, and the ranks that get them from this one: central, or
/// a worker with children in the Tree. Each child gets them as they come, and the elements of arrays in
/// pieces, of which few are under way at a time. Entries are kept for children that come later.
class Relay {
 public:
  explicit Relay(comm::Channel& channel) : channel_(channel) {}

  /// The next entry: a whole message.
  void append(base::Bytes message);
  /// The next entry: an array, whose elements may still be on their way here: see progress().
  void append(job::ArraySpec array, std::shared_ptr<const base::NodeMemory> memory);
  /// More of an array's elements have come.
  void progress();
  /// The array of this name, if there is one, is dropped from the entries that have been.
  void drop_array(const std::string& name);
  std::uint64_t count() const { return entries_.size(); }

  /// The child gets entries as it has asked.
  void follow(base::Rank child, const wire::Follow& from);
  /// The child takes one more piece.
  void taken(base::Rank child);
  void leave(base::Rank child) { children_.erase(child); }
  std::vector<base::Rank> children() const;

 private:
  struct Entry {
    base::Bytes message;  // or:
    job::ArraySpec array;
    std::shared_ptr<const base::NodeMemory> memory;  // of the array
  };
  struct Child {
    wire::Follow at;
    bool announced = false;  // the array that is under way
    std::uint32_t pieces_under_way = 0;
  };
  void serve_all();
  void serve(base::Rank rank, Child& child);
  bool serve_array(base::Rank rank, Child& child, const Entry& entry);
  void send_piece(base::Rank rank, Child& child, const Entry& entry);

  comm::Channel& channel_;
  std::vector<Entry> entries_;
  std::map<base::Rank, Child> children_;
};

}  // namespace mproc::run
