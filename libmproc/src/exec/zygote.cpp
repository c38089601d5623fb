#include "mproc/exec/zygote.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "mproc/base/error.hpp"
#include "mproc/base/watcher.hpp"
#include "mproc/exec/host.hpp"
#include "mproc/exec/node.hpp"
#include "mproc/exec/process_tree.hpp"
#include "mproc/exec/socket_message.hpp"
#include "mproc/exec/stack_signal.hpp"

namespace mproc::exec {

void scrub_mpi_environment() {
  std::vector<std::string> names;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string name(*entry, std::strcspn(*entry, "="));
    for (const char* prefix : {"OMPI_", "PMIX_", "PMI_", "ORTE_"})
      if (name.starts_with(prefix)) names.push_back(name);
  }
  for (const auto& name : names) ::unsetenv(name.c_str());
}

namespace {

constexpr int farewell_ms = 10'000;  // the zygote gives up earlier

[[noreturn]] void zygote_main(base::Fd socket, const PythonFactory& python);

class ZygoteProcess {
 public:
  ZygoteProcess(base::Fd socket, const PythonFactory& python) : socket_(std::move(socket)), python_(python) {
    sigset_t all;
    sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    child_ended_.reset(::signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK));
  }

  [[noreturn]] void loop() {
    std::array<pollfd, 2> watched{pollfd{socket_.get(), POLLIN, 0}, pollfd{child_ended_.get(), POLLIN, 0}};
    for (;;) {
      if (::poll(watched.data(), watched.size(), -1) < 0) continue;
      if (watched[1].revents != 0) reap();
      if (watched[0].revents != 0) {
        SocketMessage message;
        if (receive_message(socket_.get(), message, false) == Received::closed) leave();
        if (message.type != 0) handle(message);
      }
    }
  }

 private:
  void handle(SocketMessage& message) {
    switch (static_cast<ZygoteMessage>(message.type)) {
      case ZygoteMessage::spawn:
        return spawn(message);
      case ZygoteMessage::kill:
        return kill_group(static_cast<pid_t>(message.value));
      case ZygoteMessage::ask_for_stack:
        if (is_child(static_cast<pid_t>(message.value)))
          ::kill(static_cast<pid_t>(message.value), stack_signal());
        return;
      case ZygoteMessage::fork_zygote:
        return fork_zygote(message);
      default:
        throw base::DecodeError("unknown message to the zygote");
    }
  }

  void fork_zygote(SocketMessage& message) {
    if (message.fds.size() != 1) throw base::DecodeError("a zygote without its socket");
    const pid_t self = ::getpid();
    const pid_t pid = ::fork();
    if (pid == 0) {
      begin_child(self);
      socket_.reset();
      child_ended_.reset();
      zygote_main(std::move(message.fds.front()), python_);
    }
    tell(ZygoteMessage::spawned, pid > 0 ? pid : -errno, message.slot);
  }

  void spawn(SocketMessage& message) {
    if (message.fds.size() != 3) throw base::DecodeError("spawn without its descriptors");
    const pid_t self = ::getpid();
    const pid_t pid = ::fork();
    if (pid == 0) {
      begin_child(self);
      socket_.reset();
      child_ended_.reset();
      ::dup2(message.fds[2].get(), STDOUT_FILENO);
      ::dup2(message.fds[2].get(), STDERR_FILENO);
      message.fds[2].reset();
      host_main(std::move(message.fds[0]), std::move(message.fds[1]), python_);
    }
    tell(ZygoteMessage::spawned, pid > 0 ? pid : -errno, message.slot);
  }

  /// Not one that was reaped meanwhile, whose number may be another's by now.
  static bool is_child(pid_t pid) {
    siginfo_t ignored{};
    return pid > 1 && ::waitid(P_PID, static_cast<id_t>(pid), &ignored, WEXITED | WNOHANG | WNOWAIT) == 0;
  }

  static void kill_group(pid_t pid) {
    if (!is_child(pid)) return;
    ::kill(-pid, SIGKILL);
    ::kill(pid, SIGKILL);
  }

  void reap() {
    signalfd_siginfo info;
    while (::read(child_ended_.get(), &info, sizeof info) == sizeof info) {
    }
    for (siginfo_t ended{}; ::waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid > 0;
         ended.si_pid = 0) {
      // What an executor started goes with it, while its number cannot be another's.
      ::kill(-ended.si_pid, SIGKILL);
      int status = 0;
      if (::waitpid(ended.si_pid, &status, 0) == ended.si_pid)
        tell(ZygoteMessage::died, ended.si_pid, static_cast<std::uint32_t>(status));
    }
  }

  void tell(ZygoteMessage type, std::int64_t value, std::uint32_t slot) {
    if (!send_message(socket_.get(), {static_cast<std::uint32_t>(type), slot, value, {}, {}})) leave();
  }

  [[noreturn]] static void leave() {
    kill_descendants();
    ::_exit(0);
  }

  base::Fd socket_, child_ended_;
  const PythonFactory& python_;
};

[[noreturn]] void zygote_main(base::Fd socket, const PythonFactory& python) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::prctl(PR_SET_NAME, "mproc-zygote");
  ::setpgid(0, 0);
  scrub_mpi_environment();
  // Not mpirun's pipes: mpirun waits for them to close.
  const int null = ::open("/dev/null", O_RDWR);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fd != STDERR_FILENO || std::getenv("MPROC_DEBUG") == nullptr) ::dup2(null, fd);
  if (null > STDERR_FILENO) ::close(null);
  try {
    ZygoteProcess(std::move(socket), python).loop();
  } catch (const std::exception& e) {
    base::assertion_failed("zygote", __FILE__, __LINE__, e.what());
  }
}

}  // namespace

Zygote fork_zygote(const PythonFactory& python) {
  // Rank and executors keep freed memory for the next large message or array: fresh pages cost as much as the
  // copying into them.
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 128 << 20);
  // The rank's own mask as well: one core may be busy with what is not ours while another idles.
  run_on(executor_cores(::getpid()));
  SocketPair ends = make_socket_pair();
  const pid_t pid = ::fork();
  if (pid < 0) throw base::SystemError("cannot fork", errno);
  if (pid == 0) {
    ends.here.reset();
    zygote_main(std::move(ends.there), python);
  }
  return {std::move(ends.here), pid};
}

Zygote fork_zygote(const Zygote& first) {
  SocketPair ends = make_socket_pair();
  const SocketMessage request{static_cast<std::uint32_t>(ZygoteMessage::fork_zygote), 0, 0, {}, {}};
  send_message(first.socket.get(), request, {ends.there.get()});
  for (SocketMessage answer; receive_message(first.socket.get(), answer, true) == Received::message;) {
    if (static_cast<ZygoteMessage>(answer.type) != ZygoteMessage::spawned)
      continue;  // earlier ones have ended
    if (answer.value < 0)
      throw base::SystemError("cannot fork the process that starts executors",
                              static_cast<int>(-answer.value));
    return {std::move(ends.here), static_cast<int>(answer.value)};
  }
  throw base::SystemError("the process that starts executors died", EPIPE);
}

void end_zygote(Zygote& zygote) {
  zygote.socket.reset();
  const base::Fd pidfd = base::open_pidfd(zygote.pid);
  pollfd ended{pidfd.get(), POLLIN, 0};
  if (pidfd) ::poll(&ended, 1, farewell_ms);
  ::waitpid(zygote.pid, nullptr, pidfd ? WNOHANG : 0);
}

}  // namespace mproc::exec
