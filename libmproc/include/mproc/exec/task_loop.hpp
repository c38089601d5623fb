#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <string>

#include "mproc/base/bytes.hpp"
#include "mproc/base/fast_clock.hpp"
#include "mproc/base/outcome.hpp"

namespace mproc::exec {

/// Tasks of a chunk still to be claimed, [next, end) as positions, in one word that the executor advances and
/// the worker may shorten from the other side: a task is run by the executor or taken back, never both.
class Claim {
 public:
  void open(std::uint32_t count) { word_.store(std::uint64_t{count}, std::memory_order_release); }
  /// The next position, or false when none is left.
  bool claim(std::uint32_t& position) {
    std::uint64_t word = word_.load(std::memory_order_acquire);
    do {
      if (next(word) >= end(word)) return false;
    } while (!word_.compare_exchange_weak(word, word + (std::uint64_t{1} << 32), std::memory_order_acq_rel));
    position = next(word);
    return true;
  }
  /// Takes back all tasks from `keep` on that are not claimed yet: returns the new end.
  std::uint32_t take_back(std::uint32_t keep) {
    std::uint64_t word = word_.load(std::memory_order_acquire);
    std::uint32_t new_end = 0;
    do {
      new_end = std::min(end(word), std::max(keep, next(word)));
    } while (!word_.compare_exchange_weak(word, (word & ~std::uint64_t{0xffffffff}) | new_end,
                                          std::memory_order_acq_rel));
    return new_end;
  }
  bool started() const { return next(word_.load(std::memory_order_acquire)) > 0; }
  std::uint32_t claimed() const { return next(word_.load(std::memory_order_acquire)); }

 private:
  static std::uint32_t next(std::uint64_t word) { return static_cast<std::uint32_t>(word >> 32); }
  static std::uint32_t end(std::uint64_t word) { return static_cast<std::uint32_t>(word); }
  std::atomic<std::uint64_t> word_{0};
};

/// In the place of a task's index.
inline constexpr std::uint64_t no_task = ~std::uint64_t{0};

/// What an executor leaves in shared memory while it runs a task, for the worker's watchdog.
struct TaskStamp {
  std::atomic<std::uint64_t> index{no_task};  ///< running task, or none
  std::atomic<std::int64_t> start_ns{0};      ///< monotonic
  std::atomic<std::uint64_t> chunk{0};        ///< running chunk's id, 0 = none
};

/// Where finished blocks of outcomes go, and where captured output comes from.
class BlockSink {
 public:
  virtual ~BlockSink() = default;
  /// Takes the block (encoded or copied: the caller reuses its memory).
  virtual void deliver(const base::OutcomeBlock& block) = 0;
  /// What stdout and stderr got since the last call; empty when nothing.
  virtual std::string take_capture() = 0;
  /// Whether this process is one that a task forked from the executor: it has no part in the chunk.
  virtual bool is_forked_by_task() const { return false; }
};

/// Who runs the tasks: goes into failures.
struct TaskOrigin {
  std::int32_t rank = 0;
  std::int64_t pid = 0;
  std::uint32_t attempt = 0;
  std::string host;
  std::uint32_t executor = 1;  ///< among those of its node
};

/// Outcomes of a chunk are delivered this often at first, and then ever more rarely.
inline constexpr std::int64_t least_block_age_ns = 20'000'000;

/// Drives a runtime over one chunk: claims tasks one by one, stamps and times them, gathers their outcomes
/// and delivers them in blocks (at the end, and when a block has become old or big).
///
///     while (loop.next()) {            // loop.index(): the task
///       if (works) pack result into loop.values(); else loop.fail(failure);
///     }
class TaskLoop {
 public:
  TaskLoop(base::TaskRange tasks, Claim& claim, TaskStamp& stamp, BlockSink& sink, TaskOrigin origin = {},
           std::int64_t block_age_ns = least_block_age_ns);
  TaskLoop(const TaskLoop&) = delete;
  TaskLoop& operator=(const TaskLoop&) = delete;
  /// Ends the last task and claims the next. False when the chunk is done or the rest was taken back.
  bool next();
  /// Position in the chunk, and task index.
  std::uint32_t position() const { return position_; }
  std::uint64_t index() const { return tasks_.first + position_; }
  std::uint32_t executor() const { return origin_.executor; }
  /// Where the running task's result goes: exactly one msgpack value.
  base::Bytes& values() { return block_.values; }
  /// Large parts of the running task's result, which are copied when it ends, before anything else runs.
  std::vector<base::OutsideBytes>& outside() { return block_.outside; }
  /// The running task failed: what it wrote to values() is dropped. Rank, host, pid and attempts are filled
  /// in.
  void fail(base::Failure failure);
  /// In a process that the running task forked, and that has come back from the kernel, ends that process.
  void leave_if_forked(int exit_status) const;
  /// Attaches text to the running task, besides what is captured (a command's own output).
  void capture(std::string text);

 private:
  void end_task(std::int64_t now);
  void take_capture();
  void deliver(std::int64_t now);

  base::TaskRange tasks_;
  Claim& claim_;
  TaskStamp& stamp_;
  BlockSink& sink_;
  TaskOrigin origin_;
  const std::int64_t block_age_;
  const base::FastClock clock_;
  const std::int64_t start_;  // monotonic
  base::OutcomeBlock block_;
  std::size_t task_offset_ = 0;  // where the running task's value begins
  std::uint32_t position_ = 0;
  bool running_ = false;
  bool task_failed_ = false;
  std::int64_t task_start_ = 0;   // monotonic
  std::int64_t block_start_ = 0;  // monotonic
};

}  // namespace mproc::exec
