#include "mproc/run/script.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "mproc/base/error.hpp"
#include "mproc/base/say.hpp"
#include "mproc/base/watcher.hpp"
#include "mproc/exec/zygote.hpp"

namespace mproc::run {
namespace {

constexpr int not_started = 127;  // as shells have it

/// Until central is ready; then the program.
[[noreturn]] void become(const std::vector<std::string>& words, base::Fd control) {
  char go = 0;
  ssize_t n = 0;
  while ((n = ::read(control.get(), &go, 1)) < 0 && errno == EINTR) {
  }
  if (n != 1) ::_exit(not_started);
  exec::scrub_mpi_environment();
  ::setenv("MPROC_DRIVER", fmt::format("{}:{}", ::getpid(), control.get()).c_str(), 1);
  ::fcntl(control.get(), F_SETFD, 0);
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  ::execvp(argv[0], argv.data());
  base::say(fmt::format("cannot start {}: {}", words.front(), std::strerror(errno)));
  ::_exit(not_started);
}

}  // namespace

Script::Script(const std::vector<std::string>& words) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw base::SystemError("cannot make a socket", errno);
  base::Fd ours(ends[0]), theirs(ends[1]);
  pid_ = ::fork();
  if (pid_ < 0) throw base::SystemError("cannot fork", errno);
  if (pid_ == 0) {
    ours.reset();
    become(words, std::move(theirs));
  }
  pidfd_ = base::open_pidfd(pid_);
  if (!pidfd_) throw base::SystemError("cannot watch the script", errno);
  control_.emplace(std::move(ours));
}

void Script::begin() {
  const char go = 1;
  ::send(asking(), &go, 1, MSG_NOSIGNAL);
}

std::optional<Request> Script::asks(int workers) {
  control_->flush();
  const auto asked = control_->receive();
  if (!asked) return std::nullopt;
  try {
    Request request = session_request(asked->at("socket"), asked->at("settings"));
    request.executors = asked->at("executors");
    const auto each = static_cast<std::uint32_t>(workers);
    if (request.executors > 0) request.executors_per_worker = (request.executors + each - 1) / each;
    return request;
  } catch (const base::UserError& error) {
    refuse(error.what());
    return std::nullopt;
  }
}

bool Script::has_ended() const {
  return base::has_ended(pidfd_);
}

int Script::status() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace mproc::run
