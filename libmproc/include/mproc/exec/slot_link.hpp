#pragma once

#include <deque>
#include <optional>

#include "mproc/exec/pool.hpp"
#include "mproc/exec/slot.hpp"

namespace mproc::exec {

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
  /// After the executor's death: reports each chunk that it held as lost.
  void report_losses(PoolListener& listener, const base::Failure& cause);
  /// Frees memory that it has filled with more output than is kept. False when there is none. Cheap.
  bool trim_output();
  /// What it printed and nobody took yet.
  std::string last_words();

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
  bool ready_ = false, worked_ = false;
};

}  // namespace mproc::exec
