#pragma once

#include <sys/types.h>

#include <vector>

namespace mproc::exec {

/// The calling process's children that are alive or not yet reaped.
std::vector<pid_t> children_of(pid_t parent);

/// Kills every descendant of the calling process, which must be a child subreaper, and reaps them all:
/// nothing that user code started is left.
void kill_descendants();

/// In a child that was just forked: own process group, default signals, an empty signal mask, and death
/// together with the parent's.
void begin_child(pid_t parent);

/// In a grandchild whose parent ends at once: waits until `reaper` is the parent, then as begin_child().
void adopt_by(pid_t reaper);

}  // namespace mproc::exec
