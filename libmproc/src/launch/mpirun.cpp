#include "mpirun.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "mproc/base/error.hpp"
#include "mproc/base/fd.hpp"
#include "mproc/base/watcher.hpp"
#include "mproc/exec/process_tree.hpp"

namespace mproc::launch {
namespace {

constexpr std::size_t kept_output = std::size_t{64} * 1024;

/// Settings of Open MPI that a user may have made otherwise: then theirs stand.
void set_defaults(const Mpirun::Request& request) {
  const auto set = [](const char* name, const std::string& value) { ::setenv(name, value.c_str(), 0); };
  if (::getuid() == 0) {
    set("OMPI_ALLOW_RUN_AS_ROOT", "1");
    set("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
  }
  if (request.nodes == 1) {
    // All ranks are on this host: no remote shell is looked for, no network probed.
    set("OMPI_MCA_plm", "isolated");
    set("OMPI_MCA_pml", "ob1");
    set("OMPI_MCA_btl", "self,vader");
    set("OMPI_MCA_btl_vader_backing_directory", request.segments);
    set("OMPI_MCA_orte_tmpdir_base", request.files);
  } else {
    set("SLURM_OVERLAP", "1");  // else mpirun waits for steps of the job that are there already
  }
  set("OMPI_MCA_rmaps_base_oversubscribe", "1");
  set("OMPI_MCA_hwloc_base_binding_policy", "none");
  set("OMPI_MCA_mpi_yield_when_idle", "0");  // ranks sleep when idle; a look for messages is to be quick
}

std::vector<std::string> command_line(const Mpirun::Request& request) {
  std::vector<std::string> words = {"mpirun", "--enable-recovery", "-n", std::to_string(request.ranks)};
  // In turns: the first and the last rank are on the first node, which is this one.
  if (request.nodes > 1) words.insert(words.end(), {"--map-by", "node"});
  words.insert(words.end(), request.command.begin(), request.command.end());
  return words;
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
    set_defaults(request);
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
    if (error == ENOENT)
      throw base::UserError(
          "there is no mpirun on PATH; install Open MPI (Debian: apt-get install openmpi-bin), or load its "
          "module");
    throw base::SystemError("cannot start mpirun", error);
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
  pid_ = -1;
  // The launcher is a subreaper: whatever lost its parent below mpirun is a child of ours by now.
  exec::kill_descendants();
}

}  // namespace mproc::launch
