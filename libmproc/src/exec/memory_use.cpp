#include "mproc/exec/memory_use.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <utility>

#include "mproc/base/time.hpp"
#include "mproc/exec/memory_group.hpp"
#include "mproc/exec/process_tree.hpp"

namespace mproc::exec {
namespace {

constexpr std::int64_t shortest_between_walks_ns = 200'000'000;
constexpr std::int64_t walk_share = 100;  // of the time, one part at most goes into walks

}  // namespace

std::uint64_t MemoryUse::of(pid_t leader, std::uint64_t limit) {
  look_for_processes();
  const std::uint64_t own = anonymous(leader);
  std::uint64_t all = own;
  for (const pid_t pid : members(leader)) all += anonymous(pid);
  if (all <= limit || own > limit) return all;
  std::uint64_t shares = own_share(leader);
  for (const pid_t pid : members(leader)) shares += own_share(pid);
  return shares > 0 ? std::max(own, std::min(all, shares)) : all;
}

void MemoryUse::look_for_processes() {
  // The fifth word is the newest process's pid: while it stays, nobody has started anything.
  std::ifstream file(proc_ / "loadavg");
  std::string word;
  std::uint64_t newest = 0;
  for (int i = 0; i < 4; ++i) file >> word;
  file >> newest;
  const std::int64_t begin = base::monotonic_ns();
  if (newest == newest_ || begin < next_walk_ns_) return;
  table_.clear();
  members_.clear();
  for (const ProcessEntry& entry : processes_of(proc_)) table_[entry.pid] = {entry.parent, entry.group};
  newest_ = newest;
  const std::int64_t end = base::monotonic_ns();
  next_walk_ns_ = end + std::max(shortest_between_walks_ns, walk_share * (end - begin));
}

const std::vector<pid_t>& MemoryUse::members(pid_t leader) {
  const auto [known, is_new] = members_.try_emplace(leader);
  if (is_new)
    for (const auto& [pid, process] : table_)
      if (pid != leader && descends(pid, leader)) known->second.push_back(pid);
  return known->second;
}

bool MemoryUse::descends(pid_t pid, pid_t leader) const {
  // A process whose parent has ended is the zygote's, but stays in its group. The table may be out of step
  // with itself: no way up is longer than it.
  for (std::size_t steps = 0; steps < table_.size(); ++steps) {
    const auto at = table_.find(pid);
    if (at == table_.end()) return false;
    if (at->second.group == leader || at->second.parent == leader) return true;
    pid = at->second.parent;
  }
  return false;
}

std::uint64_t MemoryUse::anonymous(pid_t pid) const {
  static const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::ifstream file(proc_ / std::to_string(pid) / "statm");
  std::uint64_t size = 0, resident = 0, of_files_and_shared = 0;
  file >> size >> resident >> of_files_and_shared;
  return resident > of_files_and_shared ? (resident - of_files_and_shared) * page : 0;
}

std::uint64_t MemoryUse::own_share(pid_t pid) const {
  return 1024 * number_behind(proc_ / std::to_string(pid) / "smaps_rollup", "Pss_Anon:").value_or(0);
}

}  // namespace mproc::exec
