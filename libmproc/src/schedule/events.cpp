#include <algorithm>

#include "mproc/base/error.hpp"
#include "scheduler_impl.hpp"

namespace mproc::schedule {

// --- stages -----------------------------------------------------------------------------------------------

const Stage* Scheduler::Impl::find(base::StageKey key) const {
  const auto it = stages_.find(key);
  return it == stages_.end() ? nullptr : &it->second;
}

Stage& Scheduler::Impl::known(base::StageKey key) {
  const auto it = stages_.find(key);
  MPROC_ASSERT(it != stages_.end(), "stage {}.{} is not open", key.map.value, key.stage.value);
  return it->second;
}

void Scheduler::Impl::open_stage(base::StageKey key, StageOptions options) {
  forget_retired();
  const bool is_new = stages_.try_emplace(key, key, options).second;
  MPROC_ASSERT(is_new, "stage {}.{} is open", key.map.value, key.stage.value);
}

void Scheduler::Impl::set_total(base::StageKey key, std::uint64_t tasks) {
  known(key).set_total(tasks);
}

void Scheduler::Impl::add_tasks(base::StageKey key, base::TaskRange tasks, std::uint64_t bytes) {
  Stage& stage = known(key);
  stage.add(tasks, bytes);
  changed(stage);
  settle();
}

void Scheduler::Impl::close_stage(base::StageKey key) {
  Stage& stage = known(key);
  stage.close();
  changed(stage);
}

void Scheduler::Impl::drain(base::StageKey key) {
  const auto it = stages_.find(key);
  if (it == stages_.end() || it->second.retired) return;
  it->second.drain();
  changed(it->second);
  settle();
}

void Scheduler::Impl::drain() {
  for (auto& [key, stage] : stages_) {
    if (stage.retired) continue;
    stage.drain();
    changed(stage);
  }
}

// --- workers ----------------------------------------------------------------------------------------------

void Scheduler::Impl::worker_ready(base::Rank rank, std::uint32_t executors) {
  WorkerLoad& worker = workers_.try_emplace(rank, rank).first->second;
  executors_ = executors_ - worker.executors() + executors;
  worker.set_executors(executors);
  changed(worker);
  settle();
}

void Scheduler::Impl::worker_lost(base::Rank rank, const Running& running) {
  const auto it = workers_.find(rank);
  if (it == workers_.end()) return;
  WorkerLoad& worker = it->second;
  executors_ -= worker.executors();
  worker.set_executors(0);
  Running charged = running;
  std::sort(charged.begin(), charged.end());
  while (!worker.chunks().empty()) {
    const base::ChunkId id = worker.chunks().begin()->first;
    Chunk& chunk = *worker.find(id);
    const base::StageKey key = chunk.stage->key();
    auto task = std::lower_bound(charged.begin(), charged.end(), std::pair(key, chunk.left.first));
    std::optional<std::uint64_t> charge;
    if (task != charged.end() && task->first == key && task->second < chunk.left.end()) charge = task->second;
    return_chunk(chunk, charge, Budget::lost_retries);
    Stage& stage = *chunk.stage;
    end_chunk(worker, id);
    changed(stage);
  }
  changed(worker);
  workers_.erase(it);
  settle();
}

// --- reports ----------------------------------------------------------------------------------------------

std::optional<Scheduler::Impl::Held> Scheduler::Impl::held(base::Rank rank, base::ChunkId id) {
  const auto worker = workers_.find(rank);
  if (worker == workers_.end()) return std::nullopt;
  Chunk* chunk = worker->second.find(id);
  if (!chunk) return std::nullopt;
  return Held{&worker->second, chunk};
}

bool Scheduler::Impl::tasks_done(base::Rank rank, base::ChunkId id, base::TaskRange tasks,
                                 const std::vector<std::uint32_t>& failed, std::int64_t busy_ns) {
  const auto at = held(rank, id);
  if (!at) return false;
  auto& [worker, chunk] = *at;
  if (tasks.first != chunk->left.first || tasks.count > chunk->left.count) return false;
  if (!failed.empty() && failed.back() >= tasks.count) return false;
  if (tasks.count == 0) return true;
  Stage& stage = *chunk->stage;
  stage.finish(tasks, failed, chunk->attempt, chunk->alone);
  worker->release_front(*chunk, tasks.count);
  outstanding_ -= tasks.count;
  stage.learn(tasks.count, busy_ns, chunk->left.first - chunk->first, policy_);
  stage.given_ns += static_cast<double>(std::max<std::int64_t>(busy_ns, 0)) -
                    chunk->task_charge_ns * static_cast<double>(tasks.count);
  if (chunk->left.count == 0) {
    ++completions_;
    end_chunk(*worker, id);
  }
  worker->heard(completions_);
  changed(stage);
  changed(*worker);
  settle();
  return true;
}

bool Scheduler::Impl::taken_back(base::Rank rank, base::ChunkId id, base::TaskRange tasks) {
  const auto at = held(rank, id);
  if (!at) return false;
  auto& [worker, chunk] = *at;
  const bool is_tail = tasks.first >= chunk->left.first && tasks.end() == chunk->left.end();
  const bool granted = tasks.count > 0 && is_tail;
  if (chunk->recall == Chunk::Recall::asked) {
    --recalls_;
    worker->answered(id, *chunk, granted);
  }
  Stage& stage = *chunk->stage;
  if (granted) {
    return_tasks(*chunk, tasks);
    worker->release_back(*chunk, tasks.count);
    if (chunk->left.count == 0) end_chunk(*worker, id);
  }
  changed(stage);
  changed(*worker);
  settle();
  return granted || tasks.count == 0;
}

bool Scheduler::Impl::executor_lost(base::Rank rank, base::ChunkId id, std::optional<std::uint64_t> running,
                                    Budget budget) {
  const auto at = held(rank, id);
  if (!at) return false;
  auto& [worker, chunk] = *at;
  // A task whose outcome came already did not kill its executor.
  if (running && (*running < chunk->left.first || *running >= chunk->left.end())) running.reset();
  Stage& stage = *chunk->stage;
  return_chunk(*chunk, running, budget);
  end_chunk(*worker, id);
  worker->heard(completions_);
  changed(stage);
  changed(*worker);
  settle();
  return true;
}

void Scheduler::Impl::return_chunk(Chunk& chunk, std::optional<std::uint64_t> charged, Budget budget) {
  const base::TaskRange left = chunk.left;
  if (!charged) return return_tasks(chunk, left);
  return_tasks(chunk, {left.first, *charged - left.first});
  charge(chunk, *charged, budget);
  return_tasks(chunk, {*charged + 1, left.end() - *charged - 1});
}

void Scheduler::Impl::return_tasks(Chunk& chunk, base::TaskRange tasks) {
  if (tasks.count == 0) return;
  chunk.stage->give_back(tasks, chunk.alone);
  chunk.stage->given_ns -= chunk.task_charge_ns * static_cast<double>(tasks.count);
  outstanding_ -= tasks.count;
}

void Scheduler::Impl::charge(Chunk& chunk, std::uint64_t task, Budget budget) {
  --outstanding_;
  if (const auto attempts = chunk.stage->lose(task, chunk.attempt, budget)) {
    actions_.emplace_back(FailLost{chunk.stage->key(), task, *attempts});
  }
}

void Scheduler::Impl::end_chunk(WorkerLoad& worker, base::ChunkId id) {
  if (worker.find(id)->recall == Chunk::Recall::asked) --recalls_;
  worker.drop(id);
}

}  // namespace mproc::schedule
