#include "mproc/base/run_program.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "mproc/base/error.hpp"
#include "mproc/base/fd.hpp"
#include "mproc/base/time.hpp"
#include "mproc/base/watcher.hpp"

namespace mproc::base {
namespace {

struct Pipe {
  Fd read, write;
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw SystemError("cannot make a pipe", errno);
    read.reset(ends[0]);
    ::fcntl(read.get(), F_SETFL, O_NONBLOCK);
    write.reset(ends[1]);
  }
};

/// -1 where there is no such program. As new processes are: signals that their parent takes by descriptors,
/// or ignores, are not for them.
pid_t spawn(const std::vector<std::string>& words, int out, int err) {
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none, all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, argv[0], &actions, &attributes, argv.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error == ENOENT) return -1;
  if (error != 0) throw SystemError("cannot start " + words[0], error);
  return pid;
}

void take(const Fd& from, std::string& into) {
  std::array<char, 4096> buffer{};
  for (ssize_t n = 0; (n = ::read(from.get(), buffer.data(), buffer.size())) > 0;)
    into.append(buffer.data(), static_cast<std::size_t>(n));
}

}  // namespace

ProgramResult run_program(const std::vector<std::string>& words, std::chrono::milliseconds limit) {
  Pipe out, err;
  const pid_t pid = spawn(words, out.write.get(), err.write.get());
  if (pid < 0) return {127, {}, fmt::format("there is no {} on PATH", words[0]), false};
  const Fd pidfd = open_pidfd(pid);
  out.write.reset();
  err.write.reset();
  ProgramResult result;
  const std::int64_t deadline = monotonic_ns() + std::chrono::nanoseconds(limit).count();
  // What it left behind may hold the pipes: its own end is what counts.
  std::array<pollfd, 3> ends{pollfd{out.read.get(), POLLIN, 0}, pollfd{err.read.get(), POLLIN, 0},
                             pollfd{pidfd.get(), POLLIN, 0}};
  for (bool ended = false; !ended;) {
    const std::int64_t left_ms = (deadline - monotonic_ns()) / 1'000'000;
    if (left_ms <= 0) ::kill(pid, SIGKILL);
    ::poll(ends.data(), ends.size(), static_cast<int>(std::clamp<std::int64_t>(left_ms, 1, 60'000)));
    ended = has_ended(pidfd);
    take(out.read, result.out);
    take(err.read, result.err);
    for (pollfd& end : ends)
      if (end.revents == POLLHUP) end.fd = -1;
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  for (std::string* text : {&result.out, &result.err})
    if (text->ends_with('\n')) text->pop_back();
  return result;
}

int start_silently(const std::vector<std::string>& words) {
  const Fd nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  return spawn(words, nowhere.get(), nowhere.get());
}

}  // namespace mproc::base
