#include <algorithm>

#include "scheduler_impl.hpp"

namespace mproc::schedule {

namespace {
constexpr int victims_looked_at = 8;
}

void Scheduler::Impl::settle() {
  fill();
  recall();
}

void Scheduler::Impl::changed(Stage& stage) {
  const bool runs = stage.pending() > 0;
  // A stage that comes (back) does not make up for the time before.
  if (runs && !stage.runnable) stage.given_ns = std::max(stage.given_ns, served_ns_);
  runnable_.move(stage, stage.key(), stage.runnable,
                 runs ? StageRanking::Place(stage.given_ns) : std::nullopt);
  if (stage.retired) return;
  const bool complete = stage.complete();
  if (complete) actions_.emplace_back(StageDone{stage.key()});
  stage.retired = complete || (stage.drained() && stage.closed() && stage.outstanding() == 0);
  if (stage.retired) retired_.push_back(stage.key());
}

void Scheduler::Impl::forget_retired() {
  for (const base::StageKey key : retired_) stages_.erase(key);
  retired_.clear();
}

void Scheduler::Impl::changed(WorkerLoad& worker) {
  const std::uint64_t idle = worker.idle();
  idle_ = idle_ - worker.counted_idle + idle;
  worker.counted_idle = idle;
  hungry_.move(worker, worker.rank(), worker.hungry,
               worker.executors() > 0 ? HungryRanking::Place(worker.appetite(policy_)) : std::nullopt);
  const double queued = worker.queued_ns(policy_);
  victims_.move(worker, worker.rank(), worker.victim,
                queued > 0 ? VictimRanking::Place(-queued) : std::nullopt);
}

void Scheduler::Impl::fill() {
  while (!runnable_.empty() && !hungry_.empty()) {
    Stage& stage = runnable_.front();
    WorkerLoad& worker = hungry_.front();
    const Stage::Next next = stage.next(policy_, crew());
    if (worker.allows(stage, next, policy_)) {
      send(worker, stage, next.tasks);
    } else {
      // It holds something, so a report of its own brings it back.
      hungry_.move(worker, worker.rank(), worker.hungry, std::nullopt);
    }
  }
}

void Scheduler::Impl::send(WorkerLoad& worker, Stage& stage, std::uint64_t tasks) {
  const Stage::Batch batch = stage.take(tasks);
  const base::ChunkId id{next_chunk_++};
  Chunk chunk;
  chunk.stage = &stage;
  chunk.first = batch.tasks.first;
  chunk.left = batch.tasks;
  chunk.attempt = batch.attempt;
  chunk.alone = batch.alone;
  chunk.task_bytes = stage.task_bytes();
  chunk.task_charge_ns = stage.assumed_ns(policy_);
  if (worker.chunks().empty()) worker.heard(completions_);
  worker.hold(id, chunk);
  outstanding_ += batch.tasks.count;
  served_ns_ = std::max(served_ns_, stage.given_ns);
  stage.given_ns += chunk.task_charge_ns * static_cast<double>(batch.tasks.count);
  actions_.emplace_back(Send{worker.rank(), id, stage.key(), batch.tasks, batch.attempt});
  changed(stage);
  changed(worker);
}

void Scheduler::Impl::recall() {
  // An executor idles only when nothing is pending: fill() would have served it. Never more recalls than
  // executors that idle: what comes back goes to them.
  while (recalls_ < idle_ && recall_one()) {
  }
}

bool Scheduler::Impl::recall_one() {
  int looked = 0;
  for (const auto& entry : victims_) {
    if (++looked > victims_looked_at) break;
    WorkerLoad& victim = *entry.object;
    if (!worth_recalling(victim)) continue;
    const auto plan = victim.plan_recall(policy_);
    if (!plan) continue;
    Chunk& chunk = *victim.find(plan->chunk);
    const std::uint64_t keep = chunk.left.end() - plan->tasks - chunk.first;
    victim.asked(chunk, plan->barred);
    ++recalls_;
    actions_.emplace_back(Recall{victim.rank(), plan->chunk, static_cast<std::uint32_t>(keep)});
    changed(victim);
    return true;
  }
  return false;
}

bool Scheduler::Impl::worth_recalling(const WorkerLoad& worker) const {
  if (worker.queued_ns(policy_) >= static_cast<double>(policy_.min_recall_ns)) return true;
  if (worker.holds_unknown_times()) return true;
  // The queue looks short, but what runs before it may be far longer than the estimate. Without a clock the
  // others tell the time: either they finished two rounds of chunks while this worker said nothing, or half
  // of the executors have nothing left to do.
  const std::uint64_t rounds = (completions_ - worker.heard_at) * std::max(worker.executors(), 1u);
  return rounds >= 2 * executors_ || 2 * idle_ >= executors_;
}

}  // namespace mproc::schedule
