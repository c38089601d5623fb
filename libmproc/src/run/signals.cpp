#include "signals.hpp"

#include <unistd.h>

#include <atomic>

namespace mproc::run {
namespace {

std::atomic<int> caught{0};
std::atomic<bool> interrupted{false};
std::atomic<base::Doorbell*> bell_to_ring{nullptr};

extern "C" void note_signal(int signal) {
  // A second Ctrl-C means now.
  if (signal == SIGINT && interrupted.exchange(true)) ::_exit(128 + SIGINT);
  caught.store(signal);
  if (base::Doorbell* bell = bell_to_ring.load()) bell->ring();
}

struct sigaction action_of(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  return action;
}

}  // namespace

CaughtSignals::CaughtSignals(base::Doorbell& bell) {
  caught.store(0);
  interrupted.store(false);
  bell_to_ring.store(&bell);
  const auto action = action_of(note_signal);
  ::sigaction(SIGINT, &action, &interrupt_before_);
  ::sigaction(SIGTERM, &action, &terminate_before_);
}

CaughtSignals::~CaughtSignals() {
  ::sigaction(SIGINT, &interrupt_before_, nullptr);
  ::sigaction(SIGTERM, &terminate_before_, nullptr);
  bell_to_ring.store(nullptr);
}

std::optional<base::ExitStatus> CaughtSignals::take() {
  const int signal = caught.exchange(0);
  if (signal == 0) return std::nullopt;
  return signal == SIGINT ? base::ExitStatus::interrupted : base::ExitStatus::drained;
}

void ignore_signals() {
  const auto action = action_of(SIG_IGN);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

}  // namespace mproc::run
