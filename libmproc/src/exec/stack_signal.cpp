#include "mproc/exec/stack_signal.hpp"

#include <cerrno>

namespace mproc::exec {
namespace {

// A signal handler finds nothing but globals.
std::atomic<std::atomic<bool>*> answer = nullptr;
std::atomic<base::Doorbell*> waiting = nullptr;

void on_stack_signal(int) {
  const int before = errno;
  if (auto* written = answer.load()) {
    written->store(true, std::memory_order_release);
    waiting.load()->ring();
  }
  errno = before;
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
