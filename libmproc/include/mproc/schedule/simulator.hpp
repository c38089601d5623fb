#pragma once

#include <cstdint>
#include <functional>

#include "mproc/schedule/scheduler.hpp"

namespace mproc::schedule {

/// Virtual machines: what a message and a chunk cost, ns.
struct SimulatedCluster {
  std::uint32_t workers = 2;
  std::uint32_t executors = 1;            ///< per worker
  std::int64_t latency_ns = 20'000;       ///< of a message, one way
  std::int64_t worker_chunk_ns = 5'000;   ///< executor, per chunk
  std::int64_t worker_task_ns = 100;      ///< executor, per task, on top of the task itself
  std::int64_t central_chunk_ns = 2'000;  ///< central, per message; central handles one at a time
  std::int64_t central_task_ns = 10;      ///< central, per task of a message
};

/// What they compute.
struct SimulatedStage {
  std::uint64_t tasks = 0;
  std::function<std::int64_t(std::uint64_t)> task_ns;  ///< duration of the task with that index
  std::uint64_t task_bytes = 0;
  StageOptions options;
};

struct SimulatedRun {
  std::int64_t makespan_ns = 0;
  std::int64_t busy_ns = 0;  ///< sum of all tasks' durations
  double efficiency = 0;     ///< busy time of all executors by their whole time
  std::uint64_t chunks = 0;
  std::uint64_t recalls = 0;
  std::uint64_t tasks_taken_back = 0;
};

/// Runs the real Scheduler against virtual workers in virtual time: deterministic, one thread. Asserts that
/// every task runs once.
SimulatedRun simulate(const SimulatedCluster& cluster, const SimulatedStage& stage,
                      const Policy& policy = {});

}  // namespace mproc::schedule
