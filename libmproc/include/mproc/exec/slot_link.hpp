#pragma once

#include <deque>
#include <optional>

#include "mproc/exec/pool.hpp"
#include "mproc/exec/slot.hpp"

namespace mproc::exec {

/// A task that an executor is at.
struct RunningTask {
  base::MapId map;
  std::uint64_t task = 0;
  std::int64_t start_ns = 0;  ///< monotonic; may be the next task's already
};

/// The worker's end of one executor's life: its rings and the chunks that it holds. A new executor in the
/// same slot gets a new link.
class SlotLink {
 public:
  explicit SlotLink(SlotMemory memory);
  /// An executor that still runs ends by itself.
  ~SlotLink();
  SlotLink(const SlotLink&) = delete;
  SlotLink& operator=(const SlotLink&) = delete;

  /// Descriptors for the executor, in the order that it expects.
  std::vector<int> descriptors() const;

  /// Queues a frame that must arrive in order (init code, kernels); it waits here while the ring is full.
  void send(FrameHeader header, base::ByteView payload);
  /// Queues a chunk; false when the ring has no room for it now.
  bool submit(const ChunkTicket& ticket, const base::PayloadView& items);
  /// As Pool::take_back; nothing when the chunk is not here.
  std::optional<base::TaskRange> take_back(base::ChunkId chunk, std::uint32_t keep);

  /// Handles what the executor has sent. False when there was nothing.
  bool poll(PoolListener& listener, base::SlotId slot);
  /// After the executor's death: reports each chunk that it held as lost. `blamed`: the only task that the
  /// death may be charged to, where there is one.
  void report_losses(PoolListener& listener, const base::Failure& cause,
                     std::optional<std::uint64_t> blamed = std::nullopt);
  /// Nothing between two tasks.
  std::optional<RunningTask> running() const;
  /// Before the executor is asked for a stack; then, whether it has written it.
  void await_stack() { control_.stack_written.store(false, std::memory_order_release); }
  bool has_stack() const { return control_.stack_written.load(std::memory_order_acquire); }
  /// Frees memory that it has filled with more output than is kept. False when there is none. Cheap.
  bool trim_output();
  /// What it printed and nobody took yet.
  std::string last_words();

  /// Tasks that it has given outcomes of.
  std::uint64_t reported() const { return reported_; }
  std::size_t held() const { return chunks_.size(); }
  base::ChunkId newest() const { return chunks_.back().ticket.chunk; }
  bool ready() const { return ready_; }
  /// It has given results or items, or was at a task when its loss was reported.
  bool has_worked() const { return worked_; }

 private:
  struct Held {
    ChunkTicket ticket;
    std::uint32_t claim = 0;
    std::uint64_t reported_end = 0;  // tasks before it have their outcome
  };
  void handle(base::ByteView frame, PoolListener& listener, base::SlotId slot);
  void handle(const FrameHeader& header, const base::PayloadView& payload, PoolListener& listener,
              base::SlotId slot);
  void flush_waiting();
  std::optional<std::uint32_t> free_claim() const;

  base::Fd socket_;
  base::SharedMemory control_memory_, capture_, executor_end_;
  SlotControl& control_;
  Ring to_, from_;
  std::deque<base::Bytes> waiting_;
  std::deque<Held> chunks_;
  std::uint64_t reported_ = 0;
  bool ready_ = false, worked_ = false;
};

}  // namespace mproc::exec
