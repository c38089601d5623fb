#pragma once

#include <sched.h>

#include <atomic>
#include <string>

#include "mproc/base/fd.hpp"

namespace mproc::exec {

inline constexpr std::size_t capture_limit = std::size_t{64} * 1024;  ///< bytes kept of what one task prints

/// An empty file in memory that every writer appends to. Throws SystemError.
base::Fd make_capture(const char* label);

/// What stands in a capture file; empties the file. Of more than `limit` bytes it is the beginning and the
/// end, with a note of what was cut between them.
std::string drain_capture(int fd, std::size_t limit = capture_limit);

/// Frees the memory of what drain_capture() will cut, while others write to the file. False when it is
/// little.
bool trim_capture(int fd, std::size_t limit = capture_limit);

/// Keeps a process that trims from one that drains, in memory that both share.
class CaptureLock {
 public:
  bool try_lock() { return !held_.exchange(true, std::memory_order_acquire); }
  void lock() {
    while (!try_lock()) ::sched_yield();
  }
  void unlock() { held_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> held_{false};
};

}  // namespace mproc::exec
