#include "mproc/exec/stack_signal.hpp"

#include <unistd.h>

namespace mproc::exec {
namespace {

// A signal handler finds nothing but globals.
std::atomic<std::atomic<bool>*> answer = nullptr;
std::atomic<base::Doorbell*> waiting = nullptr;

void on_stack_signal(int) {
  auto* written = answer.load();
  if (written == nullptr) return;
  written->store(true, std::memory_order_release);
  waiting.load()->ring();
  // A task whose sleep or read was interrupted must not go on, and seem to have ended by itself.
  while (::gettid() == ::getpid()) ::pause();
}

}  // namespace

void take_stack_signal() {
  std::signal(stack_signal(), on_stack_signal);
}

void answer_stack_signal(std::atomic<bool>& written, base::Doorbell& worker) {
  waiting = &worker;
  answer = &written;
}

}  // namespace mproc::exec
