// The worker's and its executors' side of the simulation.
#include "simulation.hpp"

namespace mproc::schedule {

namespace {
// As exec::TaskLoop delivers.
constexpr double most_block_age_ns = 1e9;
constexpr std::uint64_t block_bytes = 1u << 20;
}  // namespace

void Simulation::receive(const Event& event) {
  const Costs& costs = cluster_.costs;
  VirtualWorker& to = worker(event.worker);
  const double size = bytes(event.tasks.count, stage_.item_bytes);
  const double ready = to.rank.serve(now_, costs.worker_message + costs.worker_byte * size, costs.wake);
  to.queue.push_back({event.chunk, event.tasks, 0, ready});
  start_queued(event.worker);
}

void Simulation::start_queued(base::Rank rank) {
  VirtualWorker& at = worker(rank);
  for (std::size_t i = 0; i < at.executors.size() && !at.queue.empty(); ++i) {
    VirtualExecutor& executor = at.executors[i];
    if (executor.busy) continue;
    executor.chunk = at.queue.front();
    at.queue.pop_front();
    executor.busy = true;
    if (executor.chunk.ready > executor.start) {
      executor.start = executor.chunk.ready + cluster_.costs.wake;
      stolen(at, executor);  // an idle core gives it for nothing
    }
    executor.start += cluster_.costs.executor_chunk;
    executor.chunk_start = executor.start;
    executor.late = 0;
    begin_block(rank, i);
  }
}

/// What rank and central took of this executor's core since it last asked.
double Simulation::stolen(VirtualWorker& at, VirtualExecutor& executor) const {
  double all = 0;
  const auto workers = static_cast<double>(cluster_.workers), each = static_cast<double>(cluster_.executors);
  if (!cluster_.spare_core_for_worker) all += (at.rank.work() - executor.charged_worker) / each;
  if (!cluster_.spare_core_for_central)
    all += (central_.work() + journal_.work() - executor.charged_central) / (workers * each);
  executor.charged_worker = at.rank.work();
  executor.charged_central = central_.work() + journal_.work();
  return all;
}

std::uint64_t Simulation::tasks_within(base::TaskRange tasks, double ns) const {
  std::uint64_t most = tasks.count, least = 0;
  while (least < most) {
    const std::uint64_t middle = most - (most - least) / 2;
    cost({tasks.first, middle}) <= ns ? least = middle : most = middle - 1;
  }
  return least;
}

void Simulation::begin_block(base::Rank rank, std::size_t number) {
  VirtualExecutor& executor = worker(rank).executors[number];
  executor.late += stolen(worker(rank), executor);
  base::TaskRange block = executor.chunk.tasks;
  const double age = std::clamp(executor.start - executor.chunk_start, least_block_age_, most_block_age_ns);
  block.count = std::min(block.count, tasks_within(block, age) + 1);
  if (stage_.result_bytes > 0)
    block.count = std::min(block.count, std::max<std::uint64_t>(block_bytes / stage_.result_bytes, 1));
  post(executor.start + cost(block) + executor.late, {.kind = Event::Kind::block_end,
                                                      .worker = rank,
                                                      .chunk = executor.chunk.id,
                                                      .tasks = block,
                                                      .number = number,
                                                      .version = ++executor.version});
}

void Simulation::block_ends(const Event& event) {
  const Costs& costs = cluster_.costs;
  VirtualWorker& at = worker(event.worker);
  VirtualExecutor& executor = at.executors[event.number];
  if (executor.version != event.version) return;
  tasks_run_ += event.tasks.count;
  const double size = bytes(event.tasks.count, stage_.result_bytes);
  const double sent = at.rank.serve(now_, costs.worker_message + costs.worker_byte * size, costs.wake);
  at.reports.push_back({event.chunk, event.tasks});
  if (sent >= at.next_report)
    send_reports(event.worker, sent);
  else if (at.reports.size() == 1)
    post(at.next_report, {.kind = Event::Kind::report, .worker = event.worker});
  VirtualChunk& chunk = executor.chunk;
  chunk.reported += event.tasks.count;
  chunk.tasks = {event.tasks.end(), chunk.tasks.count - event.tasks.count};
  executor.start = now_;
  executor.late = 0;
  if (chunk.tasks.count > 0) return begin_block(event.worker, event.number);
  executor.busy = false;
  start_queued(event.worker);
}

/// As run::Worker does: those of a while together.
void Simulation::send_reports(base::Rank rank, double time) {
  VirtualWorker& at = worker(rank);
  if (at.reports.empty()) return;
  at.under_way.insert(at.under_way.end(), at.reports.begin(), at.reports.end());
  post(time + cluster_.costs.latency,
       {.kind = Event::Kind::done, .worker = rank, .number = at.reports.size()});
  at.reports.clear();
  at.next_report = time + report_pace_;
}

void Simulation::take_back(const Event& event) {
  VirtualWorker& at = worker(event.worker);
  const double heard = at.rank.serve(now_, cluster_.costs.worker_message, cluster_.costs.wake);
  base::TaskRange granted;
  const auto queued = std::find_if(at.queue.begin(), at.queue.end(),
                                   [&](const VirtualChunk& chunk) { return chunk.id == event.chunk; });
  if (queued != at.queue.end()) {
    const std::uint64_t kept = std::min(event.number, queued->tasks.count);
    granted = {queued->tasks.first + kept, queued->tasks.count - kept};
    queued->tasks.count = kept;
    if (kept == 0) at.queue.erase(queued);
  }
  for (std::size_t i = 0; i < at.executors.size(); ++i)
    if (at.executors[i].busy && at.executors[i].chunk.id == event.chunk)
      granted = take_back_running(event.worker, i, event.number);
  send_reports(event.worker, heard);
  post(heard + cluster_.costs.latency,
       {.kind = Event::Kind::taken_back, .worker = event.worker, .chunk = event.chunk, .tasks = granted});
}

base::TaskRange Simulation::take_back_running(base::Rank rank, std::size_t number, std::uint64_t keep) {
  VirtualExecutor& executor = worker(rank).executors[number];
  VirtualChunk& chunk = executor.chunk;
  // The task that runs counts as begun, as does the first of a chunk that was fetched.
  const std::uint64_t begun = tasks_within(chunk.tasks, now_ - executor.start) + 1;
  const std::uint64_t wanted = keep > chunk.reported ? keep - chunk.reported : 0;
  const std::uint64_t end = std::min(std::max(wanted, begun), chunk.tasks.count);
  const base::TaskRange back{chunk.tasks.first + end, chunk.tasks.count - end};
  if (back.count == 0) return back;
  chunk.tasks.count = end;
  begin_block(rank, number);
  return back;
}

}  // namespace mproc::schedule
