#include "foreground.hpp"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "mproc/base/error.hpp"
#include "mproc/exec/process_tree.hpp"

namespace mproc::app {
namespace {

std::vector<char*> argv_of(const std::vector<std::string>& words) {
  std::vector<char*> argv;
  for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  return argv;
}

}  // namespace

void replace_process(const std::vector<std::string>& words) {
  const auto argv = argv_of(words);
  ::execvp(argv[0], argv.data());
  throw base::SystemError("cannot start " + words.front(), errno);
}

std::string run_in_foreground(const std::vector<std::string>& words) {
  posix_spawnattr_t attributes;
  sigset_t interrupt;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigdefault(&attributes, &interrupt);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  std::signal(SIGINT, SIG_IGN);
  pid_t pid = -1;
  const auto argv = argv_of(words);
  const int error = ::posix_spawnp(&pid, argv[0], nullptr, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) throw base::SystemError("cannot start " + words.front(), error);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) return exec::signal_name(WTERMSIG(status));
  return fmt::format("exit status {}", WEXITSTATUS(status));
}

}  // namespace mproc::app
