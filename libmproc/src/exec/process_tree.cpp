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

pid_t parent_of(pid_t pid) {
  std::array<char, 512> line{};
  std::snprintf(line.data(), line.size(), "/proc/%d/stat", static_cast<int>(pid));
  FILE* file = std::fopen(line.data(), "re");
  if (file == nullptr) return -1;
  const char* got = std::fgets(line.data(), line.size(), file);
  std::fclose(file);
  // The name stands in parentheses and may contain anything, parentheses too.
  const char* after_name = got != nullptr ? std::strrchr(line.data(), ')') : nullptr;
  int parent = -1;
  char state = 0;
  if (after_name == nullptr || std::sscanf(after_name + 1, " %c %d", &state, &parent) != 2) return -1;
  return parent;
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> found;
  DIR* proc = ::opendir("/proc");
  if (proc == nullptr) return found;
  while (const dirent* entry = ::readdir(proc)) {
    const auto pid = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
    if (pid > 0 && parent_of(pid) == parent) found.push_back(pid);
  }
  ::closedir(proc);
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
