#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include "mproc/base/fd.hpp"

namespace mproc::base {

/// Sleeps in epoll on file descriptors (sockets, pidfds) on behalf of a thread that sleeps on a doorbell:
/// calls `wake` from its own thread when one of them becomes readable or hangs up. Edge-triggered: whoever is
/// woken reads until EAGAIN. `wake` must be quick and thread-safe.
class Watcher {
 public:
  explicit Watcher(std::function<void()> wake);
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;
  void add(int fd);
  void remove(int fd);  ///< before closing it
  /// Whether anything became readable since the last call.
  bool fired() { return fired_.exchange(false, std::memory_order_acq_rel); }

 private:
  void watch();
  std::function<void()> wake_;
  Fd epoll_, stop_;
  std::atomic<bool> fired_{false};
  std::thread thread_;
};

/// A descriptor that becomes readable when the process ends. Invalid Fd when there is no such process.
Fd open_pidfd(int pid);
/// Whether the process behind a pidfd has ended.
bool has_ended(const Fd& pidfd);

}  // namespace mproc::base
