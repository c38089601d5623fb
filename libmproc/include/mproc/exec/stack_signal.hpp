#pragma once

#include <atomic>
#include <csignal>

#include "mproc/base/doorbell.hpp"

namespace mproc::exec {

/// Asks an executor for the stack of a task that is over its limit. The runtime's handler writes it to stderr
/// and then calls the handler that was there before, ours, which tells the worker. The task does not go on:
/// its executor is to be killed.
inline int stack_signal() {
  return SIGRTMAX - 3;  // out of the way of what users' code and libraries take
}

/// Takes the signal, for runtimes to put their handler in front.
void take_stack_signal();

/// Where the worker waits for this process's answer.
void answer_stack_signal(std::atomic<bool>& written, base::Doorbell& worker);

}  // namespace mproc::exec
