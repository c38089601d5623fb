#include "stage.hpp"

#include <algorithm>

#include "mproc/base/error.hpp"

namespace mproc::schedule {

namespace {
constexpr std::uint64_t growth = 4;
}

void Stage::add(base::TaskRange tasks, std::uint64_t bytes) {
  MPROC_ASSERT(!closed_, "tasks for closed stage {}.{}", key_.map.value, key_.stage.value);
  MPROC_ASSERT(tasks.first >= added_end_, "tasks {}+{} come after task {}", tasks.first, tasks.count,
               added_end_);
  if (drained_ || tasks.count == 0) return;
  ranges_.add(tasks);
  added_end_ = tasks.end();
  added_ += tasks.count;
  bytes_ += bytes;
}

void Stage::drain() {
  drained_ = true;
  ranges_.clear();
  alone_.clear();
}

std::uint64_t Stage::remaining() const {
  const std::uint64_t begun = finished_ + outstanding_;
  return total_ && *total_ > begun ? std::max(*total_ - begun, pending()) : pending();
}

/// Tasks that all executors run while central serves each of them once. Shorter chunks would wait for
/// central.
std::uint64_t Stage::shortest_length(const Policy& policy, Crew crew) const {
  return time_.known() ? static_cast<std::uint64_t>(policy.round_ns(crew) / time_.ns()) : 1;
}

std::uint64_t Stage::preferred_length(const Policy& policy, Crew crew, std::uint64_t grown) const {
  std::uint64_t length = options_.chunk;
  if (length == 0 && !time_.known()) length = 1;
  if (length == 0) {
    const double fits = policy.chunk_ns(crew) / time_.ns();
    length = fits < static_cast<double>(grown) ? static_cast<std::uint64_t>(fits) : grown;
  }
  if (task_bytes() > 0) length = std::min(length, policy.max_chunk_bytes / task_bytes());
  if (options_.longest > 0) length = std::min(length, options_.longest);
  return std::clamp<std::uint64_t>(length, 1, std::max<std::uint64_t>(policy.max_chunk_tasks, 1));
}

bool Stage::alone_is_next() const {
  return !alone_.empty() && (ranges_.empty() || *alone_.begin() < ranges_.front().first);
}

Stage::Next Stage::next(const Policy& policy, Crew crew) const {
  if (alone_is_next()) return {1, time_.known()};
  std::uint64_t length = preferred_length(policy, crew, grown_);
  bool growing = false;
  if (options_.chunk == 0) {
    const std::uint64_t share = remaining() / (2 * std::max<std::uint64_t>(crew.executors, 1));
    const std::uint64_t tail = std::max<std::uint64_t>({share, shortest_length(policy, crew), 1});
    growing = length <= tail && length < preferred_length(policy, crew, grown_ * growth);
    length = std::min(length, tail);
  }
  return {std::min(length, ranges_.front().count), time_.known() && !growing};
}

Stage::Batch Stage::take(std::uint64_t max) {
  Batch batch;
  if (alone_is_next()) {
    const std::uint64_t task = *alone_.begin();
    alone_.erase(alone_.begin());
    const auto past = past_.find(task);
    batch = {{task, 1}, {past == past_.end() ? 0 : past->second.failures}, true};
  } else {
    batch = {ranges_.take_front(max), {0}, false};
  }
  outstanding_ += batch.tasks.count;
  return batch;
}

void Stage::give_back(base::TaskRange tasks, bool alone) {
  outstanding_ -= tasks.count;
  if (drained_) return;
  if (alone) {
    alone_.insert(tasks.first);
  } else {
    ranges_.add(tasks);
  }
}

std::uint64_t Stage::wanted(const Policy& policy, Crew crew) const {
  if (drained_) return 0;
  const std::uint64_t all = std::max<std::uint64_t>(crew.executors, 1);
  const std::uint64_t length = preferred_length(policy, crew, grown_ * growth);
  // With the end unknown, what is pending is taken for the tail: twice as much keeps chunks at full length.
  std::uint64_t ahead = (total_ ? 2 : 4) * std::max<std::uint64_t>(policy.min_chunks_ahead, 1) * length;
  if (time_.known()) {
    const double credit = static_cast<double>(policy.credit_ns) / time_.ns();
    const auto most = static_cast<double>(max_chunks_ahead * length);
    ahead = std::max(ahead, static_cast<std::uint64_t>(std::min(credit, most)));
  }
  std::uint64_t tasks = all * ahead;
  // Large items: central holds about what two workers may hold, but never fewer items than executors.
  if (task_bytes() > 0) tasks = std::min(tasks, std::max(2 * all, 2 * policy.max_bytes_ahead / task_bytes()));
  return tasks;
}

void Stage::finish(base::TaskRange tasks, const std::vector<std::uint32_t>& failed, base::Attempt attempt,
                   bool alone) {
  outstanding_ -= tasks.count;
  finished_ += tasks.count;
  for (const std::uint32_t position : failed) {
    if (retry(tasks.first + position, attempt)) --finished_;
  }
  if (!alone || alone_.contains(tasks.first)) return;
  // Losses stay known for whoever words the failure; failures went with the chunk's attempt.
  const auto past = past_.find(tasks.first);
  if (past != past_.end() && past->second.losses == 0) past_.erase(past);
}

bool Stage::retry(std::uint64_t task, base::Attempt attempt) {
  if (attempt.value >= options_.retries) return false;
  // In a drain the task stays without an outcome: the next run still owes it its retries.
  if (drained_) return true;
  past_[task].failures = attempt.value + 1;
  alone_.insert(task);
  return true;
}

std::optional<std::uint32_t> Stage::lose(std::uint64_t task, base::Attempt attempt, Budget budget) {
  --outstanding_;
  if (drained_) return std::nullopt;
  if (budget == Budget::retries) {
    if (retry(task, attempt)) return std::nullopt;
    ++finished_;
    return attempt.value + 1 + losses(task);
  }
  Past& past = past_[task];
  if (++past.losses <= options_.lost_retries) {
    alone_.insert(task);
    return std::nullopt;
  }
  ++finished_;
  return past.failures + past.losses;
}

std::uint32_t Stage::losses(std::uint64_t task) const {
  const auto past = past_.find(task);
  return past == past_.end() ? 0 : past->second.losses;
}

void Stage::learn(std::uint64_t tasks, std::int64_t busy_ns, std::uint64_t chunk_so_far,
                  const Policy& policy) {
  time_.add(tasks, busy_ns, policy.target_chunk_ns);
  grown_ =
      std::min(std::max(grown_, chunk_so_far * growth), std::max<std::uint64_t>(policy.max_chunk_tasks, 1));
}

double Stage::assumed_ns(const Policy& policy) const {
  return time_.known() ? time_.ns() : static_cast<double>(policy.target_chunk_ns);
}

}  // namespace mproc::schedule
