#include "mproc/exec/watchdog.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mproc/base/time.hpp"
#include "mproc/job/units.hpp"

namespace mproc::exec {
namespace {

constexpr std::int64_t ms = 1'000'000;
// A stack is there within milliseconds, unless the task has blocked signals or the node is busy. Memory grows
// meanwhile.
constexpr std::int64_t stack_patience_ns = 1'000 * ms, stack_patience_of_memory_ns = 100 * ms;
// Memory is looked at as often as a task could fill what is left of it, within bounds.
constexpr std::uint64_t bytes_a_ms = 4u << 20;
constexpr std::int64_t least_between_looks_ns = 20 * ms, most_between_looks_ns = 1'000 * ms;
constexpr std::int64_t between_tasks_ns = 5 * ms;
constexpr std::int64_t longest_unwanted_ns = 100 * ms;  // what ends by itself is not worth a new executor
// A rank looks ten times a second: after a longer gap the whole job was stopped, and tasks' time with it.
constexpr std::int64_t gap_ns = 1'000 * ms;

std::int64_t later(std::int64_t now, std::int64_t ns) {
  return ns < std::numeric_limits<std::int64_t>::max() - now ? now + ns
                                                             : std::numeric_limits<std::int64_t>::max();
}

base::Failure over_time(std::int64_t limit_ns) {
  return {
      .kind = base::FailureKind::timeout,
      .message = fmt::format("ran longer than its timeout of {:g} s", static_cast<double>(limit_ns) / 1e9)};
}

}  // namespace

void Watchdog::limit_time(const job::MapSpec& spec) {
  if (spec.timeout_ns <= 0) return;
  time_[spec.map] = spec.timeout_ns;
  shortest_ns_ = std::min(shortest_ns_, spec.timeout_ns);
}

void Watchdog::end_tasks(base::MapId map) {
  time_[map.value] = longest_unwanted_ns;
  shortest_ns_ = std::min(shortest_ns_, longest_unwanted_ns);
  next_ns_ = 0;
}

void Watchdog::on_submit(base::MapId map) {
  if (memory_ == 0 && time_.empty()) return;
  const std::int64_t now = base::monotonic_ns();
  if (memory_ > 0) next_ns_ = std::min(next_ns_, now + least_between_looks_ns);
  if (const auto limit = time_.find(map.value); limit != time_.end())
    next_ns_ = std::min(next_ns_, now + limit->second);
}

void Watchdog::look(Slots& slots, std::int64_t now) {
  if (now - std::exchange(looked_ns_, now) > gap_ns) resumed_ns_ = now;
  if (now < next_ns_ && !stack_awaited_) return;
  next_ns_ = never;
  stack_awaited_ = false;
  for (Slot& slot : slots)
    if (slot.ready() && (slot.link->held() > 0 || slot.overrun))
      next_ns_ = std::min(next_ns_, look(slot, now));
}

std::int64_t Watchdog::look(Slot& slot, std::int64_t now) {
  if (slot.overrun) return end(slot, now);
  const auto running = slot.link->running();
  if (!running) return later(now, memory_ > 0 ? std::min(shortest_ns_, between_tasks_ns) : shortest_ns_);
  const std::int64_t by_time = look_at_time(slot, *running, now);
  return slot.overrun || memory_ == 0 ? by_time : std::min(by_time, look_at_memory(slot, *running, now));
}

std::int64_t Watchdog::look_at_time(Slot& slot, const RunningTask& running, std::int64_t now) {
  const auto limit = time_.find(running.map.value);
  if (limit == time_.end()) return later(now, shortest_ns_);
  const std::int64_t over = std::max(running.start_ns, resumed_ns_) + limit->second;
  if (now < over) return over;
  return ask_for_stack(slot, running, over_time(limit->second), now + stack_patience_ns);
}

std::int64_t Watchdog::look_at_memory(Slot& slot, const RunningTask& running, std::int64_t now) {
  if (now < slot.memory_look_ns) return slot.memory_look_ns;
  const std::uint64_t used = memory_use_.of(slot.pid, memory_);
  if (used > memory_)
    return ask_for_stack(slot, running, over_memory(slot, used), now + stack_patience_of_memory_ns);
  const auto filled_ns = static_cast<std::int64_t>((memory_ - used) / bytes_a_ms) * ms;
  slot.memory_look_ns = now + std::clamp(filled_ns, least_between_looks_ns, most_between_looks_ns);
  return slot.memory_look_ns;
}

/// The first line is what failures are grouped by.
base::Failure Watchdog::over_memory(const Slot& slot, std::uint64_t used) {
  base::Failure failure;
  failure.kind = base::FailureKind::memory;
  failure.message = fmt::format("took more memory than its limit of {}\n", job::size_text(memory_));
  const std::size_t processes = memory_use_.processes(slot.pid);
  failure.message +=
      fmt::format("{} in {} process{}", job::size_text(used), processes, processes == 1 ? "" : "es");
  if (const std::uint64_t before = slot.link->reported(); before > 0)
    failure.message += fmt::format(
        "; its executor had run {} task{} before it: where they leave memory behind, run.recycle = N takes a "
        "new "
        "executor after N tasks",
        before, before == 1 ? "" : "s");
  return failure;
}

std::int64_t Watchdog::ask_for_stack(Slot& slot, const RunningTask& running, base::Failure why,
                                     std::int64_t until) {
  slot.overrun = Overrun{running.task, std::move(why), until};
  slot.link->await_stack();
  hosts_.ask_for_stack(slot.pid);
  stack_awaited_ = true;
  return until;
}

std::int64_t Watchdog::end(Slot& slot, std::int64_t now) {
  Overrun& overrun = *slot.overrun;
  if (overrun.killed) return never;
  if (!slot.link->has_stack() && now < overrun.until_ns) {
    stack_awaited_ = true;
    return overrun.until_ns;
  }
  overrun.killed = true;
  hosts_.kill(slot.pid);
  return never;
}

}  // namespace mproc::exec
