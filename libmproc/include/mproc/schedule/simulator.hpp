#pragma once

#include <cstdint>

#include "mproc/schedule/scheduler.hpp"
#include "mproc/schedule/task_times.hpp"

namespace mproc::schedule {

/// What the engine itself takes, ns: of one kind of machine. run::measure_costs() measures most of it; the
/// rest are figures of tests/bench.
struct Costs {
  double latency = 1'000;         ///< of a message under way
  double wake = 20'000;           ///< until a process that sleeps looks
  double central_message = 700;   ///< central, per message sent or taken, whatever is in it
  double central_chunk = 300;     ///< central, per chunk sent or report taken
  double central_task = 10;       ///< central, per task: its item there and its outcome back
  double central_byte = 0.2;      ///< central, per byte of items and results
  double worker_message = 1'000;  ///< worker rank, per message passed on
  double worker_byte = 0.2;
  double executor_chunk = 3'000;  ///< executor, per chunk
  double executor_task = 0;       ///< executor, per task, on top of the task's own time
  double executor_byte = 0;
  double journal_block = 500;  ///< the journal's thread
  double journal_byte = 0.5;
};

/// Virtual machines. Their worker ranks, and central with its journal, either have cores of their own or take
/// what they use from the executors: each of its share.
struct SimulatedCluster {
  std::uint32_t workers = 2;
  std::uint32_t executors = 1;  ///< per worker
  Costs costs;
  bool spare_core_for_worker = false;
  bool spare_core_for_central = true;
};

/// What they compute.
struct SimulatedStage {
  std::uint64_t tasks = 0;
  TaskTimes times = TaskTimes::equal(0);
  std::uint64_t item_bytes = 0;  ///< of one task
  std::uint64_t result_bytes = 0;
  StageOptions options;
};

struct SimulatedRun {
  std::int64_t makespan_ns = 0;  ///< from the first task handed out to the last outcome journalled
  std::int64_t busy_ns = 0;      ///< sum of all tasks' durations
  double efficiency = 0;         ///< busy time of all executors by their whole time
  double middle_efficiency = 0;  ///< the same while the second and third quarter of the tasks were reported
  std::int64_t central_ns = 0;   ///< what central worked
  std::int64_t journal_ns = 0;
  std::uint64_t chunks = 0;
  std::uint64_t recalls = 0;
  std::uint64_t tasks_taken_back = 0;
  std::uint64_t events = 0;  ///< that the Scheduler handled
};

/// Runs the real Scheduler against virtual workers in virtual time: deterministic, one thread. Asserts that
/// every task runs once.
SimulatedRun simulate(const SimulatedCluster& cluster, const SimulatedStage& stage,
                      const Policy& policy = {});

}  // namespace mproc::schedule
