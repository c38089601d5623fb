#pragma once

#include <csignal>

#include "mproc/base/doorbell.hpp"

namespace mproc::run {

/// Turns SIGINT and SIGTERM into a note that the main loop reads, and rings its doorbell.
void catch_signals(base::Doorbell& bell);
/// The last such signal since the last call, or 0.
int caught_signal();
/// A worker leaves when central says so, not when mpirun forwards a signal to everyone.
void ignore_signals();

}  // namespace mproc::run
