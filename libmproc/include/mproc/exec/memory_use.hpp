#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <vector>

namespace mproc::exec {

/// Anonymous resident memory of processes with all that they started, as /proc has it. Looks cost
/// microseconds while no process begins on the node, else now and then a walk through all of them.
class MemoryUse {
 public:
  /// `proc`: for tests.
  explicit MemoryUse(std::filesystem::path proc = "/proc") : proc_(std::move(proc)) {}
  /// Bytes of the leader of a process group, of that group and of all that descends from it. Where that is
  /// more than `limit`, pages that forked processes share count once.
  std::uint64_t of(pid_t leader, std::uint64_t limit);
  /// How many processes of() has counted, as far as it knows them.
  std::size_t processes(pid_t leader) { return members(leader).size() + 1; }

 private:
  struct Process {
    pid_t parent = 0, group = 0;
  };
  void look_for_processes();
  const std::vector<pid_t>& members(pid_t leader);
  bool descends(pid_t pid, pid_t leader) const;
  std::uint64_t anonymous(pid_t pid) const;
  std::uint64_t own_share(pid_t pid) const;

  std::filesystem::path proc_;
  std::map<pid_t, Process> table_;
  std::map<pid_t, std::vector<pid_t>> members_;  // by leader, without it
  std::int64_t next_walk_ns_ = 0;
  std::uint64_t newest_ = 0;  // pid when the table was made
};

}  // namespace mproc::exec
