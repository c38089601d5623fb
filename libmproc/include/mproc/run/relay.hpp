#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
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

  /// The next entry: a whole message; `map`: which it prepares.
  void append(base::Bytes message, std::optional<std::uint32_t> map = {});
  /// The next entry: an array, whose elements may still be on their way here: see progress().
  void append(job::ArraySpec array, std::shared_ptr<const base::NodeMemory> memory);
  /// More of an array's elements have come.
  void progress();
  /// The array of this name, if there is one, is dropped from the entries that have been.
  void drop_array(const std::string& name);
  /// The next entry, for ranks that have got these maps: their own entries are dropped, and so is this one
  /// when it has reached all children.
  void drop_maps(const std::vector<std::uint32_t>& maps, base::Bytes message);
  /// Entries before `next` that have not come are not needed.
  void skip_to(std::uint64_t next);
  std::uint64_t count() const { return next_; }

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
    std::optional<std::uint32_t> map;                // which the message prepares
  };
  struct Child {
    wire::Follow at;
    bool announced = false;  // the array that is under way
    std::uint32_t pieces_under_way = 0;
  };
  void append(Entry entry);
  void serve_all();
  void serve(base::Rank rank, Child& child);
  bool serve_array(base::Rank rank, Child& child, const Entry& entry);
  void send_piece(base::Rank rank, Child& child, const Entry& entry);

  comm::Channel& channel_;
  std::map<std::uint64_t, Entry> entries_;  // by number; those that were dropped are missing
  std::uint64_t next_ = 0;
  std::deque<std::uint64_t> passing_;  // entries that are dropped when all children have got them
  std::map<base::Rank, Child> children_;
};

}  // namespace mproc::run
