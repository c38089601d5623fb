#include "mproc/exec/task_loop.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace mproc::exec {
namespace {

// Results of long chunks are seen, and survive a crash; but the longer the chunk, the fewer the messages.
constexpr std::int64_t most_block_age_ns = 1'000'000'000;
constexpr std::size_t block_bytes = 1u << 20;
constexpr std::int64_t exact_capture_ns = 20'000;  // shorter tasks share a look at the capture buffer
constexpr std::int64_t timed_task_ns = 1'000'000;  // tasks from here on are timed one by one

}  // namespace

TaskLoop::TaskLoop(base::TaskRange tasks, Claim& claim, TaskStamp& stamp, BlockSink& sink, TaskOrigin origin,
                   std::int64_t block_age_ns)
    : tasks_(tasks),
      claim_(claim),
      stamp_(stamp),
      sink_(sink),
      origin_(std::move(origin)),
      block_age_(std::clamp(block_age_ns, least_block_age_ns, most_block_age_ns)),
      start_(clock_.now_ns()) {}

bool TaskLoop::next() {
  const std::int64_t now = clock_.now_ns();
  if (running_) {
    leave_if_forked(0);
    end_task(now);
  }
  std::uint32_t claimed = 0;
  if (!claim_.claim(claimed)) {
    // The last task is to blame until its result is away: a result may be too much for this process.
    if (block_.tasks.count > 0) deliver(now);
    stamp_.index.store(no_task, std::memory_order_release);
    return false;
  }
  position_ = claimed;
  if (block_.tasks.count == 0) {
    block_.tasks.first = index();
    block_.start_ns = base::wall_ns();
    block_start_ = now;
  }
  task_offset_ = block_.values.size();
  task_start_ = now;
  running_ = true;
  stamp_.start_ns.store(now, std::memory_order_relaxed);
  stamp_.index.store(index(), std::memory_order_release);
  return true;
}

void TaskLoop::end_task(std::int64_t now) {
  running_ = false;
  const std::int64_t duration = std::max<std::int64_t>(now - task_start_, 0);
  block_.times.push_back({(task_start_ - block_start_) / 1000, duration / 1000});
  block_.busy_ns += duration;
  ++block_.tasks.count;
  if (duration >= exact_capture_ns || task_failed_) take_capture();
  task_failed_ = false;
  const std::int64_t age = std::clamp(block_start_ - start_, block_age_, most_block_age_ns);
  if (now - block_start_ >= age || block_.values.size() >= block_bytes || !block_.outside.empty())
    deliver(now);
}

void TaskLoop::fail(base::Failure failure) {
  block_.values.resize(task_offset_);
  block_.outside.clear();
  failure.host = origin_.host;
  failure.rank = origin_.rank;
  failure.pid = origin_.pid;
  failure.attempts = origin_.attempt + 1;
  base::pack_failure(block_.values, failure);
  block_.failed.push_back(static_cast<std::uint32_t>(block_.tasks.count));
  task_failed_ = true;
}

void TaskLoop::leave_if_forked(int exit_status) const {
  if (sink_.is_forked_by_task()) ::_exit(exit_status);
}

void TaskLoop::capture(std::string text) {
  const auto position = static_cast<std::uint32_t>(running_ ? block_.tasks.count : block_.tasks.count - 1);
  if (text.empty()) return;
  if (!block_.captures.empty() && block_.captures.back().position == position)
    block_.captures.back().text += text;
  else
    block_.captures.push_back({position, std::move(text)});
}

void TaskLoop::take_capture() {
  capture(sink_.take_capture());
}

void TaskLoop::deliver(std::int64_t now) {
  take_capture();
  block_.end_ns = block_.start_ns + (now - block_start_);
  if (block_.busy_ns < timed_task_ns * static_cast<std::int64_t>(block_.tasks.count)) block_.times.clear();
  sink_.deliver(block_);
  // Keeps the capacity: no allocation per task.
  block_.failed.clear();
  block_.times.clear();
  block_.captures.clear();
  block_.values.clear();
  block_.outside.clear();
  block_.tasks = {};
  block_.busy_ns = 0;
}

}  // namespace mproc::exec
