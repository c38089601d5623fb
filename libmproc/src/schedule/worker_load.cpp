#include "worker_load.hpp"

#include <algorithm>
#include <cmath>

namespace mproc::schedule {

Chunk* WorkerLoad::find(base::ChunkId id) {
  const auto it = chunks_.find(id);
  return it == chunks_.end() ? nullptr : &it->second;
}

void WorkerLoad::hold(base::ChunkId id, const Chunk& chunk) {
  chunks_.emplace_hint(chunks_.end(), id, chunk);
  tasks_ += chunk.left.count;
  bytes_ += chunk.left.count * chunk.task_bytes;
  for (auto& [stage, tasks] : tasks_of_) {
    if (stage == chunk.stage) {
      tasks += chunk.left.count;
      return;
    }
  }
  tasks_of_.emplace_back(chunk.stage, chunk.left.count);
}

void WorkerLoad::release(Chunk& chunk, std::uint64_t tasks) {
  chunk.left.count -= tasks;
  tasks_ -= tasks;
  bytes_ -= tasks * chunk.task_bytes;
  if (chunk.barred > chunk.left.count) bar(chunk, chunk.recall, chunk.left.count);
  const auto of =
      std::find_if(tasks_of_.begin(), tasks_of_.end(), [&](auto& e) { return e.first == chunk.stage; });
  of->second -= tasks;
  if (of->second == 0) {
    *of = tasks_of_.back();
    tasks_of_.pop_back();
  }
}

void WorkerLoad::release_front(Chunk& chunk, std::uint64_t tasks) {
  chunk.left.first += tasks;
  release(chunk, tasks);
}

void WorkerLoad::release_back(Chunk& chunk, std::uint64_t tasks) {
  release(chunk, tasks);
}

void WorkerLoad::drop(base::ChunkId id) {
  const auto it = chunks_.find(id);
  if (it->second.left.count > 0) release(it->second, it->second.left.count);
  chunks_.erase(it);
}

double WorkerLoad::load_ns(const Policy& policy) const {
  double sum = 0;
  for (const auto& [stage, tasks] : tasks_of_) sum += static_cast<double>(tasks) * stage->assumed_ns(policy);
  return sum;
}

Appetite WorkerLoad::appetite(const Policy& policy) const {
  return {chunks_.size() >= executors_, load_ns(policy) / executors_};
}

bool WorkerLoad::allows(const Stage& stage, Stage::Next next, const Policy& policy) const {
  const std::uint64_t chunks = chunks_.size();
  if (chunks < executors_) return true;
  if (bytes_ + next.tasks * stage.task_bytes() > policy.max_bytes_ahead) return false;
  if (chunks < std::uint64_t{executors_} * policy.min_chunks_ahead) return true;
  if (!next.deep || chunks >= executors_ * max_chunks_ahead) return false;
  const double after = load_ns(policy) + static_cast<double>(next.tasks) * stage.assumed_ns(policy);
  return after <= static_cast<double>(policy.credit_ns) * executors_;
}

std::uint64_t WorkerLoad::queued_tasks() const {
  const std::uint64_t running = std::min<std::uint64_t>(executors_, chunks_.size());
  return tasks_ > running + barred_ ? tasks_ - running - barred_ : 0;
}

double WorkerLoad::queued_ns(const Policy& policy) const {
  const std::uint64_t queued = queued_tasks();
  if (queued == 0) return 0;
  return static_cast<double>(queued) * load_ns(policy) / static_cast<double>(tasks_);
}

bool WorkerLoad::holds_unknown_times() const {
  return std::any_of(tasks_of_.begin(), tasks_of_.end(), [](auto& e) { return !e.first->time().known(); });
}

std::optional<WorkerLoad::Plan> WorkerLoad::plan_recall(const Policy& policy) const {
  std::uint64_t position = chunks_.size();
  for (auto it = chunks_.rbegin(); it != chunks_.rend(); ++it) {
    --position;
    const Chunk& chunk = it->second;
    if (chunk.recall != Chunk::Recall::none) continue;
    // Executors take chunks in the order sent: the first ones run.
    if (position < executors_) {
      if (chunk.left.count >= 2) return Plan{it->first, chunk.left.count / 2, chunk.left.count - 1};
      continue;
    }
    const double half = queued_ns(policy) / 2 / chunk.stage->assumed_ns(policy);
    const auto share = std::min(std::ceil(half), static_cast<double>(chunk.left.count));
    return Plan{it->first, std::max<std::uint64_t>(static_cast<std::uint64_t>(share), 1), chunk.left.count};
  }
  return std::nullopt;
}

void WorkerLoad::bar(Chunk& chunk, Chunk::Recall recall, std::uint64_t tasks) {
  chunk.recall = recall;
  barred_ = barred_ - chunk.barred + tasks;
  chunk.barred = tasks;
}

void WorkerLoad::answered(base::ChunkId id, Chunk& chunk, bool granted) {
  if (granted) return bar(chunk, Chunk::Recall::none, 0);
  bar(chunk, Chunk::Recall::denied, chunk.barred);
  denied_.push_back(id);
}

void WorkerLoad::heard(std::uint64_t completions) {
  heard_at = completions;
  for (const base::ChunkId id : denied_) {
    Chunk* chunk = find(id);
    if (chunk && chunk->recall == Chunk::Recall::denied) bar(*chunk, Chunk::Recall::none, 0);
  }
  denied_.clear();
}

}  // namespace mproc::schedule
