#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "mproc/run/relay.hpp"

namespace mproc::run {

/// A worker's place in the Tree: takes entries from its parent, passes them on to its children, and gives
/// them to the worker in order. When the parent dies, central names another, which goes on where the first
/// stopped.
class Upstream {
 public:
  /// What becomes of entries. Arrays are complete.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void on_entry(const wire::Parts& entry) = 0;
    virtual void on_array(const job::ArraySpec& array, const base::NodeMemory& memory) = 0;
    virtual void on_forget(const std::string& name) = 0;
  };
  Upstream(comm::Channel& channel, Listener& listener)
      : channel_(channel), listener_(listener), relay_(channel) {}

  /// Handles a message of the tree. False for one that is something else.
  bool handle(const comm::Message& message, const wire::Parts& parts);
  /// Entries that the worker has been given.
  std::uint64_t count() const { return relay_.count() - (arriving_ ? 1 : 0); }
  /// Ranks that messages are waited for from.
  std::vector<base::Rank> peers() const;

 private:
  struct Arriving {
    job::ArraySpec array;
    std::shared_ptr<base::NodeMemory> memory;
  };
  void on_parent(const wire::Parent& parent);
  void on_message_of_parent(const comm::Message& message, const wire::Parts& parts);
  void on_share(wire::Share share);
  void on_piece(base::ByteView bytes);
  void on_forget(const comm::Message& message, const std::string& name);
  void ask(bool same_node);

  comm::Channel& channel_;
  Listener& listener_;
  Relay relay_;
  base::Rank parent_ = base::central_rank;
  bool asked_ = false;                // what comes from the parent before its answer is not meant any more
  std::optional<Arriving> arriving_;  // the last entry of relay_, whose elements are still coming
};

}  // namespace mproc::run
