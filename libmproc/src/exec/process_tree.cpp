#include "mproc/exec/process_tree.hpp"

#include <dirent.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "mproc/base/time.hpp"

namespace mproc::exec {
namespace {

constexpr std::int64_t patience_ns = 5'000'000'000;  // for processes that the kernel holds

void belong_to(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(0);  // it died before the line above
  ::setpgid(0, 0);
  // The kernel should pick a task, not a rank, when memory runs out.
  if (FILE* file = std::fopen("/proc/self/oom_score_adj", "we")) {
    std::fputs("500", file);
    std::fclose(file);
  }
}

}  // namespace

std::optional<ProcessEntry> process_entry(pid_t pid, const std::filesystem::path& proc) {
  std::array<char, 512> line{};
  FILE* file = std::fopen((proc / std::to_string(pid) / "stat").c_str(), "re");
  if (file == nullptr) return std::nullopt;
  const char* got = std::fgets(line.data(), line.size(), file);
  std::fclose(file);
  // The name stands in parentheses and may contain anything, parentheses too.
  const char* after_name = got != nullptr ? std::strrchr(line.data(), ')') : nullptr;
  ProcessEntry entry{pid, -1, -1};
  char state = 0;
  if (after_name == nullptr ||
      std::sscanf(after_name + 1, " %c %d %d", &state, &entry.parent, &entry.group) != 3)
    return std::nullopt;
  return entry;
}

std::vector<ProcessEntry> processes_of(const std::filesystem::path& proc) {
  std::vector<ProcessEntry> found;
  DIR* folder = ::opendir(proc.c_str());
  if (folder == nullptr) return found;
  while (const dirent* file = ::readdir(folder)) {
    const auto pid = static_cast<pid_t>(std::strtol(file->d_name, nullptr, 10));
    if (pid <= 0) continue;
    if (const auto entry = process_entry(pid, proc)) found.push_back(*entry);
  }
  ::closedir(folder);
  return found;
}

pid_t parent_of(pid_t pid) {
  const auto entry = process_entry(pid);
  return entry ? entry->parent : -1;
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> found;
  for (const ProcessEntry& entry : processes_of())
    if (entry.parent == parent) found.push_back(entry.pid);
  return found;
}

void kill_descendants() {
  // Children of a killed process become ours, so the loop ends only when nothing is left.
  const std::int64_t deadline = base::monotonic_ns() + patience_ns;
  while (base::monotonic_ns() < deadline) {
    const auto children = children_of(::getpid());
    if (children.empty()) return;
    for (const pid_t child : children) ::kill(child, SIGKILL);
    bool reaped = false;
    while (::waitpid(-1, nullptr, WNOHANG) > 0) reaped = true;
    if (!reaped) ::usleep(1000);
  }
}

void begin_child(pid_t parent) {
  belong_to(parent);
  for (int s = 1; s < NSIG; ++s)
    if (s != SIGKILL && s != SIGSTOP) ::signal(s, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void adopt_by(pid_t reaper) {
  for (const pid_t parent = ::getppid(); ::getppid() == parent && parent != reaper;) ::sched_yield();
  belong_to(reaper);
}

std::string signal_name(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name != nullptr ? fmt::format("SIG{}", name) : fmt::format("signal {}", signal);
}

}  // namespace mproc::exec
