#include "mproc/schedule/scheduler.hpp"

#include "scheduler_impl.hpp"

namespace mproc::schedule {

// ----------------------------------------------------------------------------------------

Scheduler::Scheduler(Policy policy) : impl_(std::make_unique<Impl>(policy)) {}
Scheduler::~Scheduler() = default;
Scheduler::Scheduler(Scheduler&&) noexcept = default;

void Scheduler::open_stage(base::StageKey stage, StageOptions options) {
  impl_->open_stage(stage, options);
}
void Scheduler::set_total(base::StageKey stage, std::uint64_t tasks) {
  impl_->set_total(stage, tasks);
}
void Scheduler::add_tasks(base::StageKey stage, base::TaskRange tasks, std::uint64_t bytes) {
  impl_->add_tasks(stage, tasks, bytes);
}
void Scheduler::close_stage(base::StageKey stage) {
  impl_->close_stage(stage);
}
void Scheduler::drain(base::StageKey stage) {
  impl_->drain(stage);
}
void Scheduler::drain() {
  impl_->drain();
}

void Scheduler::worker_ready(base::Rank worker, std::uint32_t executors) {
  impl_->worker_ready(worker, executors);
}
void Scheduler::worker_lost(base::Rank worker,
                            const std::vector<std::pair<base::StageKey, std::uint64_t>>& running) {
  impl_->worker_lost(worker, running);
}

bool Scheduler::tasks_done(base::Rank worker, base::ChunkId chunk, base::TaskRange tasks,
                           const std::vector<std::uint32_t>& failed, std::int64_t busy_ns) {
  return impl_->tasks_done(worker, chunk, tasks, failed, busy_ns);
}
bool Scheduler::taken_back(base::Rank worker, base::ChunkId chunk, base::TaskRange tasks) {
  return impl_->taken_back(worker, chunk, tasks);
}
bool Scheduler::executor_lost(base::Rank worker, base::ChunkId chunk, std::optional<std::uint64_t> running,
                              Budget budget) {
  return impl_->executor_lost(worker, chunk, running, budget);
}
std::uint32_t Scheduler::losses(base::StageKey stage, std::uint64_t task) const {
  const Stage* s = impl_->find(stage);
  return s ? s->losses(task) : 0;
}

std::vector<Action> Scheduler::take_actions() {
  return impl_->take_actions();
}

std::uint64_t Scheduler::pending(base::StageKey stage) const {
  const Stage* s = impl_->find(stage);
  return s ? s->pending() : 0;
}
std::uint64_t Scheduler::wanted(base::StageKey stage) const {
  const Stage* s = impl_->find(stage);
  return s ? s->wanted(impl_->policy(), impl_->crew()) : 0;
}
std::uint64_t Scheduler::outstanding() const {
  return impl_->outstanding();
}
double Scheduler::task_ns(base::StageKey stage) const {
  const Stage* s = impl_->find(stage);
  return s ? s->time().ns() : 0;
}

}  // namespace mproc::schedule
