#pragma once

#include <cstdint>
#include <limits>
#include <map>

#include "mproc/exec/memory_use.hpp"
#include "mproc/exec/slots.hpp"

namespace mproc::exec {

/// Ends the executors whose task is over its time or its memory: asks for the task's stack, then kills.
/// Without limits it does nothing; with them it looks when the next task can be over, not at each task.
class Watchdog {
 public:
  explicit Watchdog(Hosts& hosts) : hosts_(hosts) {}

  void limit_memory(std::uint64_t bytes) { memory_ = bytes; }
  void limit_time(const job::MapSpec& spec);
  /// Tasks of the map may run no longer, but for short ones.
  void end_tasks(base::MapId map);
  void forget(base::MapId map) { time_.erase(map.value); }
  /// An executor has got a chunk of this map.
  void on_submit(base::MapId map);
  /// Does what is due.
  void look(Slots& slots, std::int64_t now);
  /// When look() has something to do at the earliest, unless a bell rings: monotonic ns.
  std::int64_t next_ns() const { return next_ns_; }

 private:
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
  std::int64_t look(Slot& slot, std::int64_t now);
  std::int64_t look_at_time(Slot& slot, const RunningTask& running, std::int64_t now);
  std::int64_t look_at_memory(Slot& slot, const RunningTask& running, std::int64_t now);
  std::int64_t ask_for_stack(Slot& slot, const RunningTask& running, base::Failure why, std::int64_t until);
  std::int64_t end(Slot& slot, std::int64_t now);
  base::Failure over_memory(const Slot& slot, std::uint64_t used);

  Hosts& hosts_;
  MemoryUse memory_use_;
  std::uint64_t memory_ = 0;                    // limit in bytes; 0: none
  std::map<std::uint32_t, std::int64_t> time_;  // by map, ns
  std::int64_t shortest_ns_ = never;            // of the times
  std::int64_t next_ns_ = never;
  std::int64_t looked_ns_ = 0, resumed_ns_ = 0;
  bool stack_awaited_ = false;
};

}  // namespace mproc::exec
