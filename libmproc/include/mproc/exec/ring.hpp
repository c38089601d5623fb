#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>

#include "mproc/base/bytes.hpp"
#include "mproc/base/shared_memory.hpp"

namespace mproc::exec {

/// The shared part of a ring: positions count bytes since the beginning; they are used modulo the capacity.
struct RingHeader {
  alignas(64) std::atomic<std::uint64_t> head{0};  ///< written by the producer
  alignas(64) std::atomic<std::uint64_t> tail{0};  ///< written by the consumer
  std::atomic<std::uint64_t> capacity{0};          ///< changed by the producer, only while the ring is empty
};

/// One end of a queue of frames between one producer and one consumer process. A frame lies in one piece, so
/// that both sides work on it in place; one larger than half the ring makes the ring grow once it is empty.
/// Neither side trusts the other: what does not fit is a DecodeError.
class Ring {
 public:
  static constexpr std::size_t initial_capacity = 1u << 20;

  /// `header` and `memory` are shared with the other end.
  Ring(RingHeader& header, base::SharedMemory memory);

  // --- producer ---
  /// Room for a frame of `size` bytes, or nothing when the consumer has to catch up first.
  std::optional<std::span<std::byte>> reserve(std::size_t size);
  /// Publishes the first `size` bytes of what was reserved.
  void commit(std::size_t size);

  // --- consumer ---
  /// The oldest frame, valid until pop(); nothing when there is none.
  std::optional<base::ByteView> front();
  void pop();

  /// Of the memory, to hand on to the other end.
  int fd() const { return memory_.fd(); }

 private:
  std::uint64_t offset(std::uint64_t position) const { return position % memory_.size(); }
  std::uint64_t& length_at(std::uint64_t position) const;

  RingHeader& header_;
  base::SharedMemory memory_;
  std::uint64_t reserved_ = 0;    // producer: position of the frame being written
  std::uint64_t front_size_ = 0;  // consumer: bytes that pop() moves over
};

}  // namespace mproc::exec
