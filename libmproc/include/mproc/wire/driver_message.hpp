#pragma once

#include "mproc/wire/message.hpp"

namespace mproc::wire {

/// What travels between a driver and central: framed as the messages between ranks are; Share and Forget are
/// theirs, too, and mean the maps that are opened afterwards. Tasks of a map are
/// numbered by the driver, from 0 on without gaps.

/// Driver to central: init code that every executor is to run. A failure in it comes as DriverSetupFailed.
struct DriverInit {
  static constexpr Type type = Type::driver_init;
  job::InitBlock block;
  MSGPACK_DEFINE(block)
};

/// Driver to central: a map begins. `spec.map` is its number, which is used once in a session.
struct OpenMap {
  static constexpr Type type = Type::open_map;
  job::MapSpec spec;
  std::uint32_t retries = 0, lost_retries = 2;
  std::uint64_t chunk = 0;  ///< tasks per chunk; 0: automatic
  bool has_total = false;
  std::uint64_t total = 0;  ///< tasks that the map will have, where known
  MSGPACK_DEFINE(spec, retries, lost_retries, chunk, has_total, total)
};

/// Driver to central; payload: `count` end offsets (u64), then the items, one msgpack value each.
struct Items {
  static constexpr Type type = Type::items;
  std::uint32_t map = 0;
  std::uint64_t count = 0;
  MSGPACK_DEFINE(map, count)
};

/// Driver to central: the map gets no more items.
struct CloseMap {
  static constexpr Type type = Type::close_map;
  std::uint32_t map = 0;
  MSGPACK_DEFINE(map)
};

/// Driver to central: nobody wants the map's outcomes any more. No Outcomes of it come after MapDone.
struct CancelMap {
  static constexpr Type type = Type::cancel_map;
  std::uint32_t map = 0;
  bool end = false;  ///< tasks that run are ended, too
  MSGPACK_DEFINE(map, end)
};

/// Central to driver, first of all and whenever it changes.
struct Crew {
  static constexpr Type type = Type::crew;
  std::uint32_t workers = 0, executors = 0;  // workers: also those that have not come yet
  MSGPACK_DEFINE(workers, executors)
};

/// Central to driver: init code failed on a rank, which gets no tasks. (A function that is not there is the
/// failure of each of its tasks.)
struct DriverSetupFailed {
  static constexpr Type type = Type::driver_setup_failed;
  std::int32_t rank = 0;
  base::Failure failure;
  MSGPACK_DEFINE(rank, failure)
};

/// Central to driver; payload: an encoded base::OutcomeBlock. Each task comes once.
struct TaskOutcomes {
  static constexpr Type type = Type::task_outcomes;
  std::uint32_t map = 0;
  std::int32_t rank = 0;
  std::string host;
  MSGPACK_DEFINE(map, rank, host)
};

/// Central to driver: all tasks of the map have their outcome, or it was cancelled.
struct MapDone {
  static constexpr Type type = Type::map_done;
  std::uint32_t map = 0;
  MSGPACK_DEFINE(map)
};

/// Central to driver, for each Share in order: it holds the memory now.
struct ShareTaken {
  static constexpr Type type = Type::share_taken;
  std::uint8_t unused = 0;
  MSGPACK_DEFINE(unused)
};

/// Driver to central: where does the session stand? SessionState is the answer.
struct AskState {
  static constexpr Type type = Type::ask_state;
  std::uint8_t unused = 0;
  MSGPACK_DEFINE(unused)
};

/// A worker rank, and what it has done so far.
struct WorkerInfo {
  std::int32_t rank = 0;
  std::string host;
  std::int64_t pid = 0;
  std::uint32_t executors = 0;
  std::uint64_t tasks = 0;   ///< ended, also those that were tried again
  std::int64_t busy_ns = 0;  ///< in tasks, all its executors together
  MSGPACK_DEFINE(rank, host, pid, executors, tasks, busy_ns)
};

/// What became of all tasks of a session so far.
struct TaskCounts {
  std::uint64_t given = 0, succeeded = 0, failed = 0;
  std::uint64_t retried = 0;    ///< tries that failed or were lost, and were made again
  std::uint64_t under_way = 0;  ///< without an outcome, of maps that were not cancelled
  MSGPACK_DEFINE(given, succeeded, failed, retried, under_way)
};

/// Central to driver, for each AskState in order.
struct SessionState {
  static constexpr Type type = Type::session_state;
  std::vector<WorkerInfo> workers;  ///< those that are there, by rank
  TaskCounts tasks;
  std::uint64_t lost_workers = 0;
  std::uint64_t lost_executors = 0;  ///< that died or were ended in a task
  std::int64_t busy_ns = 0;          ///< in tasks, also of workers that were lost
  std::int64_t up_ns = 0;            ///< since the session began
  MSGPACK_DEFINE(workers, tasks, lost_workers, lost_executors, busy_ns, up_ns)
};

/// Central to driver: one line that the user should see.
struct Warning {
  static constexpr Type type = Type::warning;
  std::string text;
  MSGPACK_DEFINE(text)
};

}  // namespace mproc::wire
