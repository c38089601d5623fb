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
#include "mproc/launch/scratch.hpp"

namespace mproc::launch {
namespace {

constexpr std::size_t kept_output = std::size_t{64} * 1024;

/// What Slurm would tell mpirun of the job, of those nodes that are to have ranks: also in the shell of a
/// step, to which Slurm tells less.
void describe_allocation(const Allocation& allocation) {
  std::string names, ranks;
  for (const auto& node : allocation.nodes) {
    const std::uint32_t central = names.empty() ? 1 : 0;
    names += (names.empty() ? "" : ",") + node.name;
    ranks += fmt::format("{}{}", ranks.empty() ? "" : ",", node.workers + central);
  }
  const std::string count = std::to_string(allocation.nodes.size());
  for (const char* name : {"SLURM_NODELIST", "SLURM_JOB_NODELIST"}) ::setenv(name, names.c_str(), 1);
  for (const char* name : {"SLURM_NNODES", "SLURM_JOB_NUM_NODES"}) ::setenv(name, count.c_str(), 1);
  ::setenv("SLURM_TASKS_PER_NODE", ranks.c_str(), 1);
  ::unsetenv("SLURM_CPUS_PER_TASK");  // by which mpirun would divide them
}

/// Settings of Open MPI that a user may have made otherwise: then theirs stand.
void set_defaults(const Mpirun::Request& request) {
  const auto set = [](const char* name, const std::string& value) { ::setenv(name, value.c_str(), 0); };
  if (::getuid() == 0) {
    set("OMPI_ALLOW_RUN_AS_ROOT", "1");
    set("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
  }
  if (!request.allocation) {
    // All ranks are on this host: no remote shell is looked for, no network probed.
    set("OMPI_MCA_plm", "isolated");
    set("OMPI_MCA_pml", "ob1");
    set("OMPI_MCA_btl", "self,vader");
    set("OMPI_MCA_btl_vader_backing_directory", request.segments);
    set("OMPI_MCA_orte_tmpdir_base", request.files);
  } else {
    set("SLURM_OVERLAP", "1");  // else mpirun waits for steps of the job that are there already
    // A node whose network is gone is given up after about ten seconds; Open MPI itself waits for ever.
    set("OMPI_MCA_oob_tcp_keepalive_time", "3");
    set("OMPI_MCA_oob_tcp_keepalive_intvl", "2");
    set("OMPI_MCA_oob_tcp_keepalive_probes", "3");
    describe_allocation(*request.allocation);
  }
  set("OMPI_MCA_rmaps_base_oversubscribe", "1");
  set("OMPI_MCA_hwloc_base_binding_policy", "none");
  set("OMPI_MCA_mpi_yield_when_idle", "0");  // ranks sleep when idle; a look for messages is to be quick
}

void replace(std::string& word, std::string_view placeholder, const std::string& value) {
  for (auto at = word.find(placeholder); at != word.npos; at = word.find(placeholder, at + value.size()))
    word.replace(at, placeholder.size(), value);
}

/// srun with the options that we know to be right.
bool is_srun_alone(const Mpirun::Request& request) {
  return request.launcher == std::vector<std::string>{"srun"};
}

/// A line for each rank says where it is to be.
std::filesystem::path write_host_file(const Mpirun::Request& request) {
  std::string lines;
  const auto add = [&](const std::string& node, std::uint32_t ranks) {
    for (std::uint32_t i = 0; i < ranks; ++i) lines += node + "\n";
  };
  if (request.allocation)
    for (const auto& node : request.allocation->nodes) add(node.name, node.workers + (lines.empty() ? 1 : 0));
  else
    add(base::host_name(), request.ranks);
  auto file = request.files / "hosts";
  base::write_file_atomically(file, lines);
  return file;
}

std::vector<std::string> command_line(const Mpirun::Request& request) {
  std::vector<std::string> words = {"mpirun", "--enable-recovery", "-n", "{ranks}"};
  // As many on each node as described: the first is on this one.
  if (request.allocation) words.insert(words.end(), {"--map-by", "slot"});
  if (is_srun_alone(request))
    words = {"srun",
             "--mpi=pmix",
             "--overlap",
             "--overcommit",
             "--mem=0",
             "--cpu-bind=none",
             "--kill-on-bad-exit=0",
             "--distribution=arbitrary",
             "-n",
             "{ranks}"};
  else if (!request.launcher.empty())
    words = request.launcher;
  for (auto& word : words) {
    replace(word, "{ranks}", std::to_string(request.ranks));
    replace(word, "{nodes}", std::to_string(request.allocation ? request.allocation->nodes.size() : 1));
  }
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
  const auto host_file = is_srun_alone(request) ? write_host_file(request) : std::filesystem::path();
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
    if (!host_file.empty()) ::setenv("SLURM_HOSTFILE", host_file.c_str(), 1);
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

/// Where it is not told to use a directory of ours: other nodes have none.
void Mpirun::remove_session_directory() const {
  const auto parent = temporary_files() / fmt::format("ompi.{}.{}", base::host_name(), ::getuid());
  std::error_code ignored;
  std::filesystem::remove_all(parent / fmt::format("pid.{}", pid_), ignored);
  std::filesystem::remove(parent, ignored);  // if it is empty
}

void Mpirun::kill_all() {
  if (pid_ < 0) return;
  // The launcher is a subreaper: whatever lost its parent below mpirun is a child of ours by now.
  exec::kill_descendants();
  remove_session_directory();
  pid_ = -1;
}

}  // namespace mproc::launch
