#pragma once

#include <algorithm>
#include <deque>
#include <optional>
#include <queue>
#include <vector>

#include "mproc/schedule/simulator.hpp"

namespace mproc::schedule {

/// A process or thread that does one thing after the other, and sleeps when there is nothing.
class Server {
 public:
  /// What came at `time` is done at the time returned.
  double serve(double time, double cost, double wake) {
    free_ = (free_ < time ? time + wake : free_) + cost;
    work_ += cost;
    return free_;
  }
  double free() const { return free_; }
  double work() const { return work_; }

 private:
  double free_ = 0;
  double work_ = 0;
};

struct VirtualChunk {
  base::ChunkId id;
  base::TaskRange tasks;       // not reported yet
  std::uint64_t reported = 0;  // positions count from the chunk as it was sent
  double ready = 0;            // when its worker has passed it on
};

struct VirtualExecutor {
  VirtualChunk chunk;
  double chunk_start = 0;
  double start = 0;           // of the first task not reported
  double late = 0;            // what others took of its core in this block
  double charged_worker = 0;  // work of others that it has paid its share of
  double charged_central = 0;
  std::uint64_t version = 0;  // an end that a recall made earlier is told by it
  bool busy = false;
};

struct VirtualReport {
  base::ChunkId chunk;
  base::TaskRange tasks;
};

struct VirtualWorker {
  Server rank;
  std::vector<VirtualExecutor> executors;
  std::deque<VirtualChunk> queue;
  std::vector<VirtualReport> reports;   // that leave together
  std::deque<VirtualReport> under_way;  // to central, oldest first
  double next_report = 0;
};

struct Event {
  enum class Kind { send, recall, block_end, report, done, taken_back };
  double time = 0;
  std::uint64_t order = 0;
  Kind kind = Kind::send;
  base::Rank worker;
  base::ChunkId chunk;
  base::TaskRange tasks;
  std::uint64_t number = 0;  // tasks to keep, the executor, or the reports that are done
  std::uint64_t version = 0;
  friend bool operator<(const Event& a, const Event& b) {
    return a.time != b.time ? a.time > b.time : a.order > b.order;  // the queue's top is its greatest
  }
};

/// One run in virtual time. Central and journal are in simulator.cpp, workers in simulated_worker.cpp.
class Simulation {
 public:
  Simulation(const SimulatedCluster& cluster, const SimulatedStage& stage, const Policy& policy);
  SimulatedRun run();

 private:
  void post(double time, Event event);
  void handle(const Event& event);
  // Central.
  void central_receives(const Event& event);
  void take_reports(const Event& event);
  void note_progress(base::TaskRange tasks);
  void central_acts();
  void central_works(double cost) { central_.serve(now_, cost, cluster_.costs.wake); }
  double bytes(std::uint64_t tasks, std::uint64_t each) const {
    return static_cast<double>(tasks) * static_cast<double>(each);
  }
  // Workers.
  VirtualWorker& worker(base::Rank rank) { return workers_[static_cast<std::size_t>(rank.value - 1)]; }
  void receive(const Event& event);
  void start_queued(base::Rank rank);
  void begin_block(base::Rank rank, std::size_t executor);
  void block_ends(const Event& event);
  void send_reports(base::Rank rank, double time);
  void take_back(const Event& event);
  base::TaskRange take_back_running(base::Rank rank, std::size_t executor, std::uint64_t keep);
  double stolen(VirtualWorker& worker, VirtualExecutor& executor) const;
  double cost(base::TaskRange tasks) const {
    return static_cast<double>(stage_.times.sum(tasks)) + extra_ * static_cast<double>(tasks.count);
  }
  std::uint64_t tasks_within(base::TaskRange tasks, double ns) const;

  SimulatedCluster cluster_;
  const SimulatedStage& stage_;
  double extra_;  // per task, on top of its own time
  double report_pace_, least_block_age_;
  Scheduler scheduler_;
  Server central_, journal_;
  std::vector<VirtualWorker> workers_;
  std::priority_queue<Event> events_;
  std::uint64_t order_ = 0;
  double now_ = 0;
  std::uint64_t tasks_run_ = 0;
  struct Mark {
    double time = 0;
    std::int64_t busy = 0;
  };
  Mark reported_;  // now, and when a quarter and three quarters of the tasks were
  std::optional<Mark> first_quarter_, third_quarter_;
  std::uint64_t tasks_reported_ = 0;
  bool done_ = false;
  SimulatedRun result_;
};

}  // namespace mproc::schedule
