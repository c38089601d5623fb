#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "mproc/base/watcher.hpp"
#include "mproc/run/driver_link.hpp"
#include "mproc/wire/driver_message.hpp"

namespace mproc::run {

/// Central where it is in the driver's own thread: the driver lets it work.
struct CentralHere {
  std::function<bool()> step;   ///< handles what has come; false when there was nothing
  std::function<void()> sleep;  ///< until something may have come for either
};

/// A driver's side of a session: opens maps, gives them items, takes their outcomes. One thread; calls that
/// wait are told so by name. Throws SystemError when the session has ended.
class DriverClient {
 public:
  /// Outcomes of consecutive tasks as they come, in no order: an encoded base::OutcomeBlock, valid during the
  /// call; a large one is in shared memory, which may be kept.
  using Sink = std::function<void(const wire::TaskOutcomes& origin, const base::PayloadView& block)>;
  /// All outcomes of the map have come.
  using Done = std::function<void(std::uint32_t map)>;
  struct MapOptions {
    std::uint32_t retries = 0, lost_retries = 2;
    std::uint64_t chunk = 0;             ///< tasks per chunk; 0: automatic
    std::optional<std::uint64_t> total;  ///< tasks that will come, where known
  };

  /// `socket`: where central has connected. `central`: only where it is here.
  explicit DriverClient(base::Fd socket, CentralHere central = {});

  void init(const job::InitBlock& block);
  /// Tasks of maps that are opened from now on find the array in mproc.data, in the place of one of the same
  /// name. The elements are copied once, into memory that the whole node then shares. Throws UserError for
  /// elements that are not of the array's size, SystemError when there is no memory.
  void share(const job::ArraySpec& array, base::ByteView elements);
  /// Maps that use the array are done.
  void unshare(const std::string& name);
  /// Returns the map's number. `spec.map` is ignored.
  std::uint32_t open(job::MapSpec spec, const MapOptions& options, Sink sink, Done done = {});
  /// More items of a map: msgpack values one after the other, in pieces, with their end offsets. False, and
  /// nothing is taken, while so much is under way that central should not hold more.
  bool give(std::uint32_t map, const std::vector<std::uint64_t>& ends, std::span<const base::ByteView> items);
  bool give(std::uint32_t map, const std::vector<std::uint64_t>& ends, base::ByteView items) {
    return give(map, ends, std::span(&items, 1));
  }
  void close(std::uint32_t map);
  /// `end`: its tasks that run are ended, too, unless they end soon.
  void cancel(std::uint32_t map, bool end = false);
  bool is_done(std::uint32_t map) const { return !maps_.contains(map); }

  /// Handles what has come; calls sinks. False when there was nothing.
  bool step();
  /// Steps until `condition` holds, asleep where nothing comes.
  void wait_until(const std::function<bool()>& condition);
  /// Sleeps until something may have come since `seen` = rings(), or the time is over. Any thread may wake
  /// it.
  void rest(std::uint32_t seen, std::chrono::nanoseconds time) const { link_.bell().wait(seen, time); }
  std::uint32_t rings() const { return link_.bell().count(); }
  void wake() const { link_.bell().ring(); }

  std::uint32_t executors() const { return crew_.executors; }
  /// Asks where the session stands. Returns the question's number.
  std::uint64_t ask_state();
  /// The answer to that question, or a later one; null while it has not come.
  const wire::SessionState* state(std::uint64_t question) const {
    return answered_ >= question ? &state_ : nullptr;
  }
  /// Ranks that have executors, or will.
  std::uint32_t workers() const { return crew_.workers; }
  /// Init code that could not be loaded, the first since the last call.
  std::optional<base::Failure> take_failure() { return std::exchange(failure_, std::nullopt); }

 private:
  struct OpenMap {
    Sink sink;
    Done done;
    std::uint64_t given = 0, bytes_given = 0;
    std::uint64_t under_way = 0;  // tasks without an outcome
    std::uint64_t bytes_under_way() const {
      return given > 0 ? bytes_given / given * under_way : 0;  // items are of about one size
    }
  };
  void handle(const DriverLink::Message& message);
  template <class Message>
  void tell(const Message& message) {
    link_.send(wire::encode(message));
    link_.flush();
  }

  DriverLink link_;
  CentralHere central_;
  base::SharedPool pool_;
  std::deque<base::NodeMemory> offered_;  // until central holds them
  base::Watcher watcher_;
  std::map<std::uint32_t, OpenMap> maps_;
  std::uint32_t next_map_ = 0;
  wire::Crew crew_;
  wire::SessionState state_;
  std::uint64_t asked_ = 0, answered_ = 0;  // questions for it
  std::optional<base::Failure> failure_;
  std::string last_words_;
};

}  // namespace mproc::run
