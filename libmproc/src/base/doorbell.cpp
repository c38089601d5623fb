#include "mproc/base/doorbell.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ctime>

namespace mproc::base {

void Doorbell::ring() {
  rings_.fetch_add(1, std::memory_order_seq_cst);
  // One ringer wakes the sleeper; others need not, until it sleeps again.
  if (sleeping_.load(std::memory_order_seq_cst) != 0 && sleeping_.exchange(0, std::memory_order_seq_cst) != 0)
    ::syscall(SYS_futex, &rings_, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

void Doorbell::wait(std::uint32_t seen, std::chrono::nanoseconds timeout) {
  const auto s = std::chrono::duration_cast<std::chrono::seconds>(timeout);
  const timespec limit{s.count(), (timeout - s).count()};
  sleeping_.store(1, std::memory_order_seq_cst);
  if (count() == seen) ::syscall(SYS_futex, &rings_, FUTEX_WAIT, seen, &limit, nullptr, 0);
  sleeping_.store(0, std::memory_order_seq_cst);
}

}  // namespace mproc::base
