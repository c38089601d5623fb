// Central's handling of the scheduler's actions and of what workers report.
#include <algorithm>
#include <utility>

#include "mproc/base/time.hpp"
#include "mproc/run/central.hpp"
#include "mproc/run/outcome_parts.hpp"

namespace mproc::run {
namespace {

bool retries_apply(base::FailureKind kind) {
  using enum base::FailureKind;
  return kind == exception || kind == exit || kind == timeout || kind == memory;
}

}  // namespace

void Central::carry_out_actions() {
  for (;;) {
    const auto actions = scheduler_.take_actions();
    if (actions.empty()) return report_attempts_lost();
    for (const auto& action : actions) {
      std::visit([&](const auto& a) { carry_out(a); }, action);
      if (stopped_) return;
    }
  }
}

/// Tasks whose loss was not their end: the scheduler gives them out again.
void Central::report_attempts_lost() {
  for (const auto& key : std::exchange(fresh_losses_, {})) {
    const auto loss = losses_.find(key);
    const auto stage = stages_.find(key.first);
    if (loss != losses_.end() && stage != stages_.end())
      stage->second.stage->attempt_lost(key.second, loss->second);
  }
}

void Central::note_loss(base::StageKey stage, std::uint64_t task, base::Attempt attempt,
                        base::Failure cause) {
  if (!stages_.contains(stage)) return;
  cause.attempts = attempt.value + scheduler_.losses(stage, task) + 1;
  losses_[{stage, task}] = std::move(cause);
  fresh_losses_.emplace_back(stage, task);
}

void Central::carry_out(const schedule::Send& send) {
  const auto stage = stages_.find(send.stage);
  if (stage == stages_.end()) return;  // cancelled
  chunks_[send.chunk] = {send.worker,      send.stage,       send.attempt,
                         send.tasks.first, send.tasks.count, base::monotonic_ns()};
  const wire::Chunk message{send.chunk.value, send.stage.map.value, send.stage.stage.value, send.tasks.first,
                            send.tasks.count, send.attempt.value,   relay_.count()};
  if (auto items = stage->second.stage->share_items(send.tasks))
    return env_.channel.send(send.worker, wire::encode(message), std::move(items));
  env_.channel.send(send.worker, wire::encode_appending(message, [&](base::Bytes& to) {
                      stage->second.stage->copy_items(send.tasks, to);
                    }));
}

void Central::carry_out(const schedule::Recall& recall) {
  tell(recall.worker, wire::Recall{recall.chunk.value, recall.keep});
}

void Central::carry_out(const schedule::FailLost& fail_lost) {
  base::Failure failure;
  if (const auto cause = losses_.extract({fail_lost.stage, fail_lost.task}); !cause.empty()) {
    failure = cause.mapped();
  } else {
    failure.kind = base::FailureKind::lost;
    failure.message = "its worker rank was lost";
  }
  failure.attempts = fail_lost.attempts;
  const base::Bytes bytes = failure_block(fail_lost.task, failure);
  Outcomes outcomes;
  outcomes.origin = {failure.rank, journal::Origin::unknown_slot, fail_lost.attempts - 1, failure.host};
  outcomes.tasks = {fail_lost.task, 1};
  outcomes.block = bytes;
  outcomes.failures = {{0, failure}};
  if (const auto stage = stages_.find(fail_lost.stage); stage != stages_.end())
    stage->second.stage->take(std::move(outcomes));
}

void Central::carry_out(const schedule::StageDone& done) {
  forget_losses(done.stage);
  if (const auto stage = stages_.extract(done.stage); !stage.empty()) stage.mapped().stage->done();
}

void Central::forget_losses(base::StageKey stage) {
  std::erase_if(losses_, [&](const auto& loss) { return loss.first.first == stage; });
}

void Central::close_tasks(base::ChunkId id, std::uint64_t count) {
  const auto chunk = chunks_.find(id);
  if (chunk == chunks_.end()) return;
  chunk->second.open -= std::min(chunk->second.open, count);
  if (chunk->second.open == 0) chunks_.erase(chunk);
}

void Central::on_block(base::Rank rank, const wire::Block& message, const base::PayloadView& bytes) {
  const base::ChunkId id{message.chunk};
  const auto found = chunks_.find(id);
  if (found == chunks_.end()) return;
  const ChunkState chunk = found->second;
  base::ByteView values;
  const base::OutcomeBlock block = base::decode_block_header(bytes, values);
  Outcomes outcomes{{rank.value, message.slot, chunk.attempt.value, workers_.at(rank).hello.host},
                    block.tasks,
                    bytes,
                    failures_in(block, values),
                    {}};
  std::vector<std::uint32_t> retryable;
  for (const FailedTask& f : outcomes.failures)
    if (retries_apply(f.failure.kind)) retryable.push_back(f.position);
  if (!scheduler_.tasks_done(rank, id, block.tasks, retryable, block.busy_ns)) return;
  note_durations(block);
  WorkerState& worker = workers_.at(rank);
  worker.worked_ns = base::monotonic_ns();
  worker.tasks += block.tasks.count;
  worker.busy_ns += block.busy_ns;
  busy_ns_ += block.busy_ns;
  found->second.next = block.tasks.end();
  close_tasks(id, block.tasks.count);
  const auto stage = stages_.find(chunk.stage);
  if (stage == stages_.end()) return;  // cancelled
  const OpenStage& open = stage->second;
  if (chunk.attempt.value < open.retries) {
    std::erase_if(outcomes.failures, [&](const FailedTask& f) { return retries_apply(f.failure.kind); });
    outcomes.retried = std::move(retryable);
  }
  open.stage->take(std::move(outcomes));
}

void Central::note_durations(const base::OutcomeBlock& block) {
  for (const base::TaskTime& time : block.times) durations_.add(1, time.duration_us * 1000);
  if (block.times.empty() && block.tasks.count > 0)
    durations_.add(block.tasks.count, block.busy_ns / static_cast<std::int64_t>(block.tasks.count));
}

/// Of a worker's chunks as many run as it has executors: the oldest. The task that one is at began when it
/// was sent or after, and after the outcome that came last where the executor was busy before.
std::int64_t Central::task_time() const {
  const std::int64_t now = base::monotonic_ns();
  std::map<base::Rank, std::uint32_t> counted;
  std::vector<std::int64_t> running;
  for (const auto& [id, chunk] : chunks_) {
    const WorkerState& worker = workers_.at(chunk.worker);
    if (counted[chunk.worker]++ < worker.executors)
      running.push_back(now - std::max(chunk.sent_ns, worker.worked_ns));
  }
  return durations_.of_nearly_all(running);
}

void Central::on_taken_back(base::Rank rank, const wire::TakenBack& back) {
  const base::ChunkId id{back.chunk};
  if (scheduler_.taken_back(rank, id, {back.first, back.count})) close_tasks(id, back.count);
}

void Central::on_chunk_lost(base::Rank rank, const wire::ChunkLost& lost) {
  const base::ChunkId id{lost.chunk};
  if (lost.was_running) ++lost_executors_;  // it comes for each chunk that the executor had
  const auto running = lost.was_running ? std::optional(lost.running) : std::nullopt;
  if (const auto chunk = chunks_.extract(id); !chunk.empty() && running)
    note_loss(chunk.mapped().stage, *running, chunk.mapped().attempt, lost.cause);
  scheduler_.executor_lost(
      rank, id, running,
      retries_apply(lost.cause.kind) ? schedule::Budget::retries : schedule::Budget::lost_retries);
}

}  // namespace mproc::run
