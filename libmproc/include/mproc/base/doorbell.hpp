#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace mproc::base {

/// A futex in shared memory on which one thread sleeps and which any process of the node rings. Ringing costs
/// two memory operations while the owner is awake.
///
///     const auto seen = bell.count();
///     if (!poll_everything()) bell.wait(seen, timeout);   // a ring since count() makes it return at once
class Doorbell {
 public:
  std::uint32_t count() const { return rings_.load(std::memory_order_seq_cst); }
  void ring();
  /// Returns when rung since `seen`, or after `timeout`.
  void wait(std::uint32_t seen, std::chrono::nanoseconds timeout);

 private:
  std::atomic<std::uint32_t> rings_{0};
  std::atomic<std::uint32_t> sleeping_{0};
};

}  // namespace mproc::base
