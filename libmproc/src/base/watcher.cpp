#include "mproc/base/watcher.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>

#include "mproc/base/error.hpp"
#include "mproc/base/signal_mask.hpp"

namespace mproc::base {

Watcher::Watcher(std::function<void()> wake)
    : wake_(std::move(wake)), epoll_(::epoll_create1(EPOLL_CLOEXEC)), stop_(::eventfd(0, EFD_CLOEXEC)) {
  if (!epoll_ || !stop_) throw SystemError("cannot watch file descriptors", errno);
  add(stop_.get());
  const SignalsBlocked blocked;
  thread_ = std::thread([this] { watch(); });
}

Watcher::~Watcher() {
  ::eventfd_write(stop_.get(), 1);
  thread_.join();
}

void Watcher::add(int fd) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLRDHUP | EPOLLET;
  event.data.fd = fd;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
    throw SystemError("cannot watch a descriptor", errno);
}

void Watcher::remove(int fd) {
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

void Watcher::watch() {
  std::array<epoll_event, 16> events{};
  for (;;) {
    const int n = ::epoll_wait(epoll_.get(), events.data(), events.size(), -1);
    for (int i = 0; i < n; ++i)
      if (events[static_cast<std::size_t>(i)].data.fd == stop_.get()) return;
    if (n <= 0) continue;
    fired_.store(true, std::memory_order_release);
    wake_();
  }
}

Fd open_pidfd(int pid) {
  return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

bool has_ended(const Fd& pidfd) {
  pollfd p{pidfd.get(), POLLIN, 0};
  return ::poll(&p, 1, 0) > 0;
}

}  // namespace mproc::base
