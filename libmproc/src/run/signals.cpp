#include "signals.hpp"

#include <unistd.h>

#include <atomic>

namespace mproc::run {
namespace {

std::atomic<int> caught{0};
std::atomic<base::Doorbell*> bell_to_ring{nullptr};

extern "C" void note_signal(int signal) {
  // A second Ctrl-C means now.
  if (caught.exchange(signal) == SIGINT && signal == SIGINT) ::_exit(128 + SIGINT);
  if (base::Doorbell* bell = bell_to_ring.load()) bell->ring();
}

void install(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

void catch_signals(base::Doorbell& bell) {
  bell_to_ring.store(&bell);
  install(note_signal);
}

int caught_signal() {
  return caught.exchange(0);
}

void ignore_signals() {
  install(SIG_IGN);
}

}  // namespace mproc::run
