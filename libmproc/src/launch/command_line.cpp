#include "command_line.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <set>

#include "mproc/base/fd.hpp"
#include "remote.hpp"

namespace mproc::launch {
namespace {

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

void replace(std::string& word, std::string_view placeholder, const std::string& value) {
  for (auto at = word.find(placeholder); at != word.npos; at = word.find(placeholder, at + value.size()))
    word.replace(at, placeholder.size(), value);
}

/// What a login on another host does not have: what the user has set for his tasks. Not what tells of this
/// host and this login.
std::vector<std::string> variables_for_hosts() {
  static const std::set<std::string> own = {"_",    "DISPLAY", "HOME",   "HOST",  "HOSTNAME", "LOGNAME",
                                            "MAIL", "OLDPWD",  "PWD",    "SHELL", "SHLVL",    "TERM",
                                            "TMP",  "TEMP",    "TMPDIR", "TTY",   "USER"};
  constexpr std::array kinds{"DBUS_", "OMPI_", "PMIX_", "PMI_", "SLURM_", "SSH_", "XDG_"};
  std::vector<std::string> names;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string name(*entry, std::strcspn(*entry, "="));
    const bool is_name =
        std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) || c == '_'; });
    const bool of_kind = std::ranges::any_of(kinds, [&](const char* kind) { return name.starts_with(kind); });
    if (is_name && !name.empty() && !own.contains(name) && !of_kind) names.push_back(name);
  }
  return names;
}

/// srun with the options that we know to be right.
bool is_srun_alone(const Mpirun::Request& request) {
  return request.launcher == std::vector<std::string>{"srun"};
}

/// The ranks' hosts in their order; nodes of a Slurm allocation have central on the first.
std::vector<std::string> hosts_of_ranks(const Mpirun::Request& request) {
  if (!request.hosts.empty()) return request.hosts;
  if (!request.allocation) return std::vector<std::string>(request.ranks, base::host_name());
  std::vector<std::string> hosts{request.allocation->nodes.front().name};
  for (const auto& node : request.allocation->nodes) hosts.insert(hosts.end(), node.workers, node.name);
  return hosts;
}

/// A line for each stretch of ranks of one host, for mpirun; or for each rank, for srun.
std::string write_hostfile(const Mpirun::Request& request, bool stretches) {
  const auto hosts = hosts_of_ranks(request);
  std::string text;
  for (std::size_t i = 0, next = 0; i < hosts.size(); i = next) {
    while (next < hosts.size() && hosts[next] == hosts[i] && (stretches || next == i)) ++next;
    text += stretches ? fmt::format("{} slots={}\n", hosts[i], next - i) : hosts[i] + "\n";
  }
  const auto file = request.files / "hosts";
  base::write_file_atomically(file, text);
  return file;
}

}  // namespace

void set_variables(const Mpirun::Request& request) {
  const auto set = [](const char* name, const std::string& value) { ::setenv(name, value.c_str(), 0); };
  if (::getuid() == 0) {
    set("OMPI_ALLOW_RUN_AS_ROOT", "1");
    set("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
  }
  if (!request.hosts.empty()) {
    set("OMPI_MCA_plm", "rsh");
    set("OMPI_MCA_plm_rsh_agent", remote_shell());
  } else if (request.allocation) {
    set("SLURM_OVERLAP", "1");  // else mpirun waits for steps of the job that are there already
    describe_allocation(*request.allocation);
  } else {
    // All ranks are on this host: no remote shell is looked for, no network probed.
    set("OMPI_MCA_plm", "isolated");
    set("OMPI_MCA_pml", "ob1");
    set("OMPI_MCA_btl", "self,vader");
    set("OMPI_MCA_btl_vader_backing_directory", request.segments);
    set("OMPI_MCA_orte_tmpdir_base", request.files);
  }
  // A host that is gone says nothing: after so many seconds it is asked, as often.
  set("OMPI_MCA_oob_tcp_keepalive_time", "3");
  set("OMPI_MCA_oob_tcp_keepalive_intvl", "1");
  set("OMPI_MCA_oob_tcp_keepalive_probes", "4");
  set("OMPI_MCA_rmaps_base_oversubscribe", "1");
  set("OMPI_MCA_hwloc_base_binding_policy", "none");
  set("OMPI_MCA_mpi_yield_when_idle", "0");  // ranks sleep when idle; a look for messages is to be quick
  if (is_srun_alone(request)) ::setenv("SLURM_HOSTFILE", write_hostfile(request, false).c_str(), 1);
}

std::vector<std::string> command_line(const Mpirun::Request& request) {
  std::vector<std::string> words = {"mpirun", "--enable-recovery", "-n", "{ranks}"};
  // As many on each node as described: the first is on this one.
  if (request.allocation || !request.hosts.empty()) words.insert(words.end(), {"--map-by", "slot"});
  if (!request.hosts.empty()) {
    words.insert(words.end(), {"--hostfile", write_hostfile(request, true)});
    if (const auto prefix = open_mpi_prefix(); !prefix.empty())
      words.insert(words.end(), {"--prefix", prefix});
    for (const auto& name : variables_for_hosts()) words.insert(words.end(), {"-x", name});
  }
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

}  // namespace mproc::launch
