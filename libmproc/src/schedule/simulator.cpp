#include "mproc/schedule/simulator.hpp"

#include <utility>

#include "mproc/base/error.hpp"
#include "simulation.hpp"

namespace mproc::schedule {

namespace {
constexpr base::StageKey the_stage{};
}

Simulation::Simulation(const SimulatedCluster& cluster, const SimulatedStage& stage, const Policy& policy)
    : cluster_(cluster),
      stage_(stage),
      extra_(cluster.costs.executor_task +
             cluster.costs.executor_byte * static_cast<double>(stage.item_bytes + stage.result_bytes)),
      report_pace_(static_cast<double>(report_pace_ns(cluster.workers, cluster.executors))),
      least_block_age_(std::clamp(
          policy.chunk_ns({std::uint64_t{cluster.workers} * cluster.executors, cluster.workers}), 20e6, 1e9)),
      scheduler_(policy),
      workers_(cluster.workers) {
  for (auto& worker : workers_) worker.executors.resize(cluster.executors);
}

SimulatedRun Simulation::run() {
  scheduler_.open_stage(the_stage, stage_.options);
  scheduler_.set_total(the_stage, stage_.tasks);
  for (std::uint32_t i = 0; i < cluster_.workers; ++i)
    scheduler_.worker_ready({static_cast<std::int32_t>(i + 1)}, cluster_.executors);
  scheduler_.add_tasks(the_stage, {0, stage_.tasks}, stage_.tasks * stage_.item_bytes);
  scheduler_.close_stage(the_stage);
  central_acts();
  while (!events_.empty()) {
    const Event event = events_.top();
    events_.pop();
    now_ = event.time;
    handle(event);
  }
  MPROC_ASSERT(done_ && tasks_run_ == stage_.tasks, "{} of {} tasks ran", tasks_run_, stage_.tasks);
  result_.busy_ns = stage_.times.sum({0, stage_.tasks});
  result_.makespan_ns = static_cast<std::int64_t>(std::max(central_.free(), journal_.free()));
  result_.central_ns = static_cast<std::int64_t>(central_.work());
  result_.journal_ns = static_cast<std::int64_t>(journal_.work());
  const double all = static_cast<double>(cluster_.workers) * cluster_.executors;
  result_.efficiency =
      static_cast<double>(result_.busy_ns) / (static_cast<double>(result_.makespan_ns) * all);
  if (first_quarter_ && third_quarter_ && third_quarter_->time > first_quarter_->time)
    result_.middle_efficiency = static_cast<double>(third_quarter_->busy - first_quarter_->busy) /
                                ((third_quarter_->time - first_quarter_->time) * all);
  return result_;
}

void Simulation::post(double time, Event event) {
  event.time = time;
  event.order = ++order_;
  events_.push(event);
}

void Simulation::handle(const Event& event) {
  switch (event.kind) {
    case Event::Kind::send:
      return receive(event);
    case Event::Kind::recall:
      return take_back(event);
    case Event::Kind::block_end:
      return block_ends(event);
    case Event::Kind::report:
      if (now_ >= worker(event.worker).next_report) send_reports(event.worker, now_);
      return;
    case Event::Kind::done:
    case Event::Kind::taken_back:
      return central_receives(event);
  }
}

void Simulation::central_receives(const Event& event) {
  central_works(cluster_.costs.central_message);
  if (event.kind == Event::Kind::done) {
    take_reports(event);
  } else {
    ++result_.events;
    scheduler_.taken_back(event.worker, event.chunk, event.tasks);
    result_.tasks_taken_back += event.tasks.count;
  }
  central_acts();
}

void Simulation::take_reports(const Event& event) {
  const Costs& costs = cluster_.costs;
  std::deque<VirtualReport>& under_way = worker(event.worker).under_way;
  for (std::uint64_t i = 0; i < event.number; ++i) {
    const VirtualReport report = under_way.front();
    under_way.pop_front();
    ++result_.events;
    const auto busy = static_cast<std::int64_t>(cost(report.tasks));
    const bool fresh = scheduler_.tasks_done(event.worker, report.chunk, report.tasks, {}, busy);
    MPROC_ASSERT(fresh, "report of chunk {} refused", report.chunk.value);
    const double size = bytes(report.tasks.count, stage_.result_bytes);
    central_works(costs.central_chunk + costs.central_byte * size);
    note_progress(report.tasks);
    journal_.serve(central_.free(), costs.journal_block + costs.journal_byte * size, costs.wake);
  }
}

void Simulation::note_progress(base::TaskRange tasks) {
  tasks_reported_ += tasks.count;
  reported_ = {central_.free(), reported_.busy + stage_.times.sum(tasks)};
  if (!first_quarter_ && 4 * tasks_reported_ >= stage_.tasks) first_quarter_ = reported_;
  if (!third_quarter_ && 4 * tasks_reported_ >= 3 * stage_.tasks) third_quarter_ = reported_;
}

void Simulation::central_acts() {
  const Costs& costs = cluster_.costs;
  base::Rank to{0};  // messages to a worker, one after the other, go together
  const auto message_to = [&](base::Rank worker) {
    if (std::exchange(to, worker) != worker) central_works(costs.central_message);
  };
  for (const Action& action : scheduler_.take_actions()) {
    if (const auto* send = std::get_if<Send>(&action)) {
      message_to(send->worker);
      central_works(costs.central_chunk + costs.central_task * static_cast<double>(send->tasks.count) +
                    costs.central_byte * bytes(send->tasks.count, stage_.item_bytes));
      ++result_.chunks;
      post(central_.free() + costs.latency,
           {.kind = Event::Kind::send, .worker = send->worker, .chunk = send->chunk, .tasks = send->tasks});
    } else if (const auto* recall = std::get_if<Recall>(&action)) {
      message_to(recall->worker);
      central_works(costs.central_chunk);
      ++result_.recalls;
      post(central_.free() + costs.latency, {.kind = Event::Kind::recall,
                                             .worker = recall->worker,
                                             .chunk = recall->chunk,
                                             .number = recall->keep});
    } else if (std::holds_alternative<StageDone>(action)) {
      done_ = true;
    }
  }
}

SimulatedRun simulate(const SimulatedCluster& cluster, const SimulatedStage& stage, const Policy& policy) {
  return Simulation(cluster, stage, policy).run();
}

}  // namespace mproc::schedule
