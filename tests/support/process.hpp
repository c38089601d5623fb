#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <string>

#include "support/eventually.hpp"

namespace mproc::testing {

/// A forked child that runs `body` and exits with what it returns; killed and reaped with the object.
class Child {
 public:
  template <class Body>
  explicit Child(Body&& body) : pid_(::fork()) {
    if (pid_ == 0) ::_exit(body());
  }
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  pid_t pid() const { return pid_; }
  void kill(int signal = SIGKILL) const { ::kill(pid_, signal); }

  /// Exit status, minus the signal that killed it, or -1000 when it did not end.
  int wait(std::chrono::nanoseconds limit = patience) {
    int status = 0;
    const bool ended = eventually(
        [&] {
          const pid_t got = ::waitpid(pid_, &status, WNOHANG);
          return got == pid_ || (got < 0 && errno == ECHILD);
        },
        limit);
    if (!ended) return -1000;
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t pid_;
};

/// The body of a child that lives until it is killed.
inline int forever() {
  for (;;) ::pause();
}

/// How a shell's command ended.
struct Ran {
  int status = -1;
  std::string output;  ///< stdout and stderr, without the last newline
};

inline Ran shell(const std::string& command) {
  Ran ran;
  std::FILE* const pipe = ::popen((command + " 2>&1").c_str(), "r");
  char buffer[4096];
  while (const std::size_t n = std::fread(buffer, 1, sizeof buffer, pipe)) ran.output.append(buffer, n);
  if (ran.output.ends_with('\n')) ran.output.pop_back();
  const int status = ::pclose(pipe);
  if (WIFEXITED(status)) ran.status = WEXITSTATUS(status);
  return ran;
}

/// State letter of a process ('S' asleep, 'R', 'Z', ...); 0 when there is no such process.
inline char state_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  const auto name_end = line.rfind(')');
  return name_end == std::string::npos || name_end + 2 >= line.size() ? '\0' : line[name_end + 2];
}

/// Neither running nor a zombie that somebody of ours should have reaped.
inline bool is_gone(pid_t pid) {
  const char state = state_of(pid);
  return state == '\0' || state == 'X';
}

}  // namespace mproc::testing
