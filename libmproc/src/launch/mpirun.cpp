#include "mpirun.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "command_line.hpp"
#include "mproc/base/error.hpp"
#include "mproc/base/fd.hpp"
#include "mproc/base/watcher.hpp"
#include "mproc/exec/process_tree.hpp"

namespace mproc::launch {
namespace {

constexpr std::size_t kept_output = std::size_t{64} * 1024;

/// What an mpirun that was killed leaves where it was not told of a directory of ours.
void remove_session(pid_t mpirun) {
  std::filesystem::path parent = "/tmp";
  for (const char* name : {"TMP", "TEMP", "TMPDIR"})  // the last that is set counts
    if (const char* folder = std::getenv(name); folder != nullptr && *folder != 0) parent = folder;
  parent /= fmt::format("ompi.{}.{}", base::host_name(), ::getuid());
  std::error_code ignored;
  std::filesystem::remove_all(parent / fmt::format("pid.{}", mpirun), ignored);
  ::rmdir(parent.c_str());  // unless there are others
}

}  // namespace

Mpirun::Mpirun(const Request& request) {
  std::array<int, 2> ends{}, failure{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0 || ::pipe2(failure.data(), O_CLOEXEC) != 0)
    throw base::SystemError("cannot make a pipe", errno);
  output_.reset(ends[0]);
  const base::Fd write_end(ends[1]), failed(failure[0]);
  base::Fd fail_end(failure[1]);
  ::fcntl(output_.get(), F_SETFL, O_NONBLOCK);
  const auto words = command_line(request);
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (const auto& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const pid_t launcher = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) throw base::SystemError("cannot fork", errno);
  if (pid_ == 0) {
    ::setsid();
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != launcher) ::_exit(1);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
    ::dup2(write_end.get(), STDOUT_FILENO);
    ::dup2(write_end.get(), STDERR_FILENO);
    set_variables(request);
    ::execvp(argv[0], argv.data());
    const int error = errno;
    if (::write(fail_end.get(), &error, sizeof error) < 0) ::_exit(126);
    ::_exit(127);
  }
  fail_end.reset();
  int error = 0;
  if (::read(failed.get(), &error, sizeof error) == sizeof error) {
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
    MPROC_CHECK(error != ENOENT || !request.launcher.empty(),
                "there is no mpirun on PATH; install Open MPI (Debian: apt-get install openmpi-bin), or load "
                "its module");
    MPROC_CHECK(error != ENOENT, "there is no {} on PATH, which run.launcher names", words[0]);
    throw base::SystemError("cannot start " + words[0], error);
  }
  pidfd_ = base::open_pidfd(pid_);
  if (!pidfd_) {
    const int code = errno;
    kill_all();
    throw base::SystemError("cannot watch mpirun, which takes pidfd_open of Linux 5.3", code);
  }
}

Mpirun::~Mpirun() {
  kill_all();
}

void Mpirun::read_output() {
  std::array<char, 4096> buffer{};
  for (ssize_t n = 0; (n = ::read(output_.get(), buffer.data(), buffer.size())) > 0;)
    printed_.append(buffer.data(), static_cast<std::size_t>(n));
  if (printed_.size() > kept_output) printed_.erase(0, printed_.size() - kept_output);
}

bool Mpirun::has_died() const {
  siginfo_t info{};
  return pid_ > 0 && ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == pid_ && info.si_code != CLD_EXITED;
}

std::string Mpirun::lost_host() const {
  const auto told = printed_.find("ORTE has lost communication with a remote daemon");
  const auto daemon = printed_.find("Remote daemon:", told);
  const auto line = printed_.substr(std::min(daemon, printed_.size()), printed_.find('\n', daemon) - daemon);
  const std::string before = " on node ";
  const auto at = line.find(before);
  return told == std::string::npos || at == std::string::npos ? "" : line.substr(at + before.size());
}

std::size_t Mpirun::live_ranks() const {
  auto children = exec::children_of(pid_);
  // The only child of a script called mpirun is mpirun itself.
  std::error_code gone;
  while (children.size() == 1 &&
         std::filesystem::read_symlink(fmt::format("/proc/{}/exe", children[0]), gone) != base::own_program())
    children = exec::children_of(children[0]);
  return children.size();
}

void Mpirun::reap_orphans() const {
  siginfo_t info{};
  while (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid > 0 &&
         info.si_pid != pid_) {
    ::waitpid(info.si_pid, nullptr, 0);
    info.si_pid = 0;
  }
}

void Mpirun::kill_all() {
  if (pid_ < 0) return;
  // The launcher is a subreaper: whatever lost its parent below mpirun is a child of ours by now.
  exec::kill_descendants();
  remove_session(std::exchange(pid_, -1));
}

}  // namespace mproc::launch
