#include "mproc/schedule/simulator.hpp"

#include <algorithm>
#include <queue>
#include <vector>

#include "mproc/base/error.hpp"

namespace mproc::schedule {

namespace {

constexpr base::StageKey the_stage{};

struct VirtualChunk {
  base::ChunkId id;
  base::TaskRange tasks;
};

struct Running {
  VirtualChunk chunk;
  std::int64_t start = 0;
  std::uint64_t version = 0;  // an end that a recall made earlier is told by it
  bool busy = false;
};

struct VirtualWorker {
  std::vector<Running> executors;
  std::vector<VirtualChunk> queue;
};

struct Event {
  enum class Kind { send, recall, chunk_end, done, taken_back };
  std::int64_t time = 0;
  std::uint64_t order = 0;
  Kind kind = Kind::send;
  base::Rank worker;
  VirtualChunk chunk;
  std::uint64_t number = 0;  // keep, or the executor
  std::uint64_t version = 0;
  std::int64_t busy = 0;
  friend bool operator<(const Event& a, const Event& b) {
    return a.time != b.time ? a.time > b.time : a.order > b.order;  // the queue's top is its greatest
  }
};

class Simulation {
 public:
  Simulation(const SimulatedCluster& cluster, const SimulatedStage& stage, const Policy& policy)
      : cluster_(cluster), stage_(stage), scheduler_(policy), workers_(cluster.workers) {
    for (auto& worker : workers_) worker.executors.resize(cluster.executors);
  }

  SimulatedRun run();

 private:
  void post(std::int64_t time, Event event) {
    event.time = time;
    event.order = ++order_;
    events_.push(event);
  }
  void handle(const Event& event);
  // Central.
  void central_receives(const Event& event);
  void central_acts();
  void occupy_central(std::uint64_t tasks) {
    central_free_ += cluster_.central_chunk_ns + cluster_.central_task_ns * static_cast<std::int64_t>(tasks);
  }
  // Workers.
  VirtualWorker& worker(base::Rank rank) { return workers_[static_cast<std::size_t>(rank.value - 1)]; }
  void start_queued(base::Rank rank);
  void post_end(base::Rank rank, std::size_t executor);
  void chunk_ends(const Event& event);
  void take_back(const Event& event);
  std::uint64_t take_back_running(base::Rank rank, std::size_t executor, std::uint64_t keep);
  std::int64_t cost(std::uint64_t task) const { return stage_.task_ns(task) + cluster_.worker_task_ns; }

  SimulatedCluster cluster_;
  const SimulatedStage& stage_;
  Scheduler scheduler_;
  std::vector<VirtualWorker> workers_;
  std::priority_queue<Event> events_;
  std::uint64_t order_ = 0;
  std::int64_t now_ = 0;
  std::int64_t central_free_ = 0;
  std::uint64_t tasks_run_ = 0;
  bool done_ = false;
  SimulatedRun result_;
};

SimulatedRun Simulation::run() {
  scheduler_.open_stage(the_stage, stage_.options);
  scheduler_.set_total(the_stage, stage_.tasks);
  for (std::uint32_t i = 0; i < cluster_.workers; ++i) {
    scheduler_.worker_ready({static_cast<std::int32_t>(i + 1)}, cluster_.executors);
  }
  scheduler_.add_tasks(the_stage, {0, stage_.tasks}, stage_.tasks * stage_.task_bytes);
  scheduler_.close_stage(the_stage);
  central_acts();
  while (!events_.empty()) {
    const Event event = events_.top();
    events_.pop();
    now_ = event.time;
    handle(event);
  }
  MPROC_ASSERT(done_ && tasks_run_ == stage_.tasks, "{} of {} tasks ran", tasks_run_, stage_.tasks);
  const double all = static_cast<double>(cluster_.workers) * cluster_.executors;
  result_.efficiency =
      static_cast<double>(result_.busy_ns) / (static_cast<double>(result_.makespan_ns) * all);
  return result_;
}

void Simulation::handle(const Event& event) {
  switch (event.kind) {
    case Event::Kind::send:
      worker(event.worker).queue.push_back(event.chunk);
      return start_queued(event.worker);
    case Event::Kind::recall:
      return take_back(event);
    case Event::Kind::chunk_end:
      return chunk_ends(event);
    case Event::Kind::done:
    case Event::Kind::taken_back:
      return central_receives(event);
  }
}

void Simulation::central_receives(const Event& event) {
  central_free_ = std::max(central_free_, now_);
  occupy_central(event.chunk.tasks.count);
  if (event.kind == Event::Kind::done) {
    const bool fresh = scheduler_.tasks_done(event.worker, event.chunk.id, event.chunk.tasks, {}, event.busy);
    MPROC_ASSERT(fresh, "report of chunk {} refused", event.chunk.id.value);
    result_.busy_ns += event.busy;
  } else {
    scheduler_.taken_back(event.worker, event.chunk.id, event.chunk.tasks);
    result_.tasks_taken_back += event.chunk.tasks.count;
  }
  central_acts();
}

void Simulation::central_acts() {
  for (const Action& action : scheduler_.take_actions()) {
    if (const auto* send = std::get_if<Send>(&action)) {
      occupy_central(send->tasks.count);
      ++result_.chunks;
      post(central_free_ + cluster_.latency_ns,
           {.kind = Event::Kind::send, .worker = send->worker, .chunk = {send->chunk, send->tasks}});
    } else if (const auto* recall = std::get_if<Recall>(&action)) {
      occupy_central(0);
      ++result_.recalls;
      post(central_free_ + cluster_.latency_ns, {.kind = Event::Kind::recall,
                                                 .worker = recall->worker,
                                                 .chunk = {recall->chunk, {}},
                                                 .number = recall->keep});
    } else if (std::holds_alternative<StageDone>(action)) {
      done_ = true;
      result_.makespan_ns = central_free_;
    }
  }
}

void Simulation::start_queued(base::Rank rank) {
  auto& slots = worker(rank).executors;
  auto& waiting = worker(rank).queue;
  for (std::size_t i = 0; i < slots.size() && !waiting.empty(); ++i) {
    if (slots[i].busy) continue;
    slots[i].chunk = waiting.front();
    waiting.erase(waiting.begin());
    slots[i].busy = true;
    slots[i].start = now_ + cluster_.worker_chunk_ns;
    post_end(rank, i);
  }
}

void Simulation::post_end(base::Rank rank, std::size_t executor) {
  Running& slot = worker(rank).executors[executor];
  std::int64_t busy = 0;
  for (std::uint64_t task = slot.chunk.tasks.first; task < slot.chunk.tasks.end(); ++task) {
    busy += stage_.task_ns(task);
  }
  const std::int64_t extra = cluster_.worker_task_ns * static_cast<std::int64_t>(slot.chunk.tasks.count);
  post(slot.start + busy + extra, {.kind = Event::Kind::chunk_end,
                                   .worker = rank,
                                   .chunk = slot.chunk,
                                   .number = executor,
                                   .version = ++slot.version,
                                   .busy = busy});
}

void Simulation::chunk_ends(const Event& event) {
  Running& slot = worker(event.worker).executors[event.number];
  if (slot.version != event.version) return;
  slot.busy = false;
  tasks_run_ += event.chunk.tasks.count;
  post(now_ + cluster_.latency_ns,
       {.kind = Event::Kind::done, .worker = event.worker, .chunk = event.chunk, .busy = event.busy});
  start_queued(event.worker);
}

void Simulation::take_back(const Event& event) {
  base::TaskRange granted;
  auto& waiting = worker(event.worker).queue;
  const auto same = [&](const VirtualChunk& chunk) { return chunk.id == event.chunk.id; };
  const auto queued = std::find_if(waiting.begin(), waiting.end(), same);
  if (queued != waiting.end()) {
    const std::uint64_t kept = std::min(event.number, queued->tasks.count);
    granted = {queued->tasks.first + kept, queued->tasks.count - kept};
    queued->tasks.count = kept;
    if (kept == 0) waiting.erase(queued);
  }
  auto& slots = worker(event.worker).executors;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (!slots[i].busy || !same(slots[i].chunk)) continue;
    const std::uint64_t count = take_back_running(event.worker, i, event.number);
    granted = {slots[i].chunk.tasks.end(), count};
  }
  post(now_ + cluster_.latency_ns,
       {.kind = Event::Kind::taken_back, .worker = event.worker, .chunk = {event.chunk.id, granted}});
}

std::uint64_t Simulation::take_back_running(base::Rank rank, std::size_t executor, std::uint64_t keep) {
  Running& slot = worker(rank).executors[executor];
  base::TaskRange& tasks = slot.chunk.tasks;
  std::uint64_t started = 1;  // a chunk that an executor fetched counts as begun
  for (std::int64_t at = slot.start + cost(tasks.first); at <= now_ && started < tasks.count; ++started)
    at += cost(tasks.first + started);
  const std::uint64_t end = std::min(std::max(keep, started), tasks.count);
  const std::uint64_t granted = tasks.count - end;
  tasks.count = end;
  if (granted > 0) post_end(rank, executor);
  return granted;
}

}  // namespace

SimulatedRun simulate(const SimulatedCluster& cluster, const SimulatedStage& stage, const Policy& policy) {
  return Simulation(cluster, stage, policy).run();
}

}  // namespace mproc::schedule
