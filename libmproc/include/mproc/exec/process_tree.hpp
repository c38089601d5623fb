#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace mproc::exec {

struct ProcessEntry {
  pid_t pid = -1, parent = -1, group = -1;
};
/// Nothing when the process is gone. `proc`: for tests.
std::optional<ProcessEntry> process_entry(pid_t pid, const std::filesystem::path& proc = "/proc");
/// All processes that are there, or not yet reaped.
std::vector<ProcessEntry> processes_of(const std::filesystem::path& proc = "/proc");

/// -1 when the process is gone.
pid_t parent_of(pid_t pid);

/// The process's children that are alive or not yet reaped.
std::vector<pid_t> children_of(pid_t parent);

/// Kills every descendant of the calling process, which must be a child subreaper, and reaps them all:
/// nothing that user code started is left, but for what the kernel does not let die (after some seconds).
void kill_descendants();

/// In a child that was just forked: own process group, default signals, an empty signal mask, and death
/// together with the parent's.
void begin_child(pid_t parent);

/// In a grandchild whose parent ends at once: waits until `reaper` is the parent, then as begin_child(), but
/// with the signal handlers that it was forked with: those of init code, and Python's own.
void adopt_by(pid_t reaper);

/// "SIGSEGV", or "signal 40" for one without a name.
std::string signal_name(int signal);

}  // namespace mproc::exec
