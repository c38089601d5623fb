#include "mproc/run/script.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>

#include "mproc/base/error.hpp"
#include "mproc/base/say.hpp"
#include "mproc/base/time.hpp"
#include "mproc/exec/zygote.hpp"
#include "mproc/run/central.hpp"
#include "mproc/wire/message.hpp"

namespace mproc::run {
namespace {

constexpr int not_started = 127;  // as shells have it
constexpr std::int64_t sign_of_life_ns = silence_limit.count() / 6;

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

int Script::follow(base::Doorbell& bell, base::Watcher& watcher, comm::Channel& channel, const Serve& serve) {
  watcher.add(control_->fd());
  watcher.add(pidfd_.get());
  const char go = 1;
  ::send(control_->fd(), &go, 1, MSG_NOSIGNAL);
  std::optional<std::string> ended;  // the session, and why
  for (std::int64_t said = base::monotonic_ns(); !has_ended();) {
    const auto seen = bell.count();
    if (const auto request = asks(channel.size() - 1)) {
      if (!ended)
        ended = serve(*request);
      else
        refuse("the ranks have left: " + *ended);
      continue;
    }
    const std::int64_t now = base::monotonic_ns();
    if (!ended && now - said > sign_of_life_ns) {
      said = now;
      for (int worker = 1; worker < channel.size(); ++worker)
        channel.send(base::Rank{worker}, wire::encode(wire::Heartbeat{}));
    }
    if (!has_ended()) bell.wait(seen, std::chrono::seconds(1));
  }
  return status();
}

/// What the program asks for now, with so many workers. What cannot be is answered.
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
