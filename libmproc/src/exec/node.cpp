#include "mproc/exec/node.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string_view>

#include "mproc/base/error.hpp"
#include "mproc/base/fd.hpp"
#include "mproc/exec/process_tree.hpp"

namespace mproc::exec {
namespace {

/// The last that applies first: HIP counts among what ROCR leaves, and knows CUDA's name as its own.
constexpr std::array gpu_variables{"CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"};

std::vector<int> cores_of(pid_t pid) {
  cpu_set_t mask;
  std::vector<int> cores;
  if (::sched_getaffinity(pid, sizeof mask, &mask) == 0)
    for (int core = 0; core < CPU_SETSIZE; ++core)
      if (CPU_ISSET(core, &mask)) cores.push_back(core);
  return cores;
}

/// As CUDA reads it: what stands behind a name that is none is not there. Slurm writes NoDevFiles for none.
std::vector<std::string> split_gpus(std::string_view text) {
  std::vector<std::string> names;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    std::string name(text.substr(at, end - at));
    std::erase(name, ' ');
    if (name.empty() || name.starts_with('-') || name == "NoDevFiles") break;
    if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
    at = end + 1;
  }
  return names;
}

/// Of an NVIDIA driver, by number.
std::vector<std::string> driver_gpus(const std::filesystem::path& proc) {
  std::error_code ignored;
  const auto count =
      std::distance(std::filesystem::directory_iterator(proc / "driver/nvidia/gpus", ignored), {});
  std::vector<std::string> names;
  for (std::ptrdiff_t i = 0; i < count; ++i) names.push_back(std::to_string(i));
  return names;
}

std::string plural(std::size_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

void check_gpus(const Node& node, const job::Demand& demand, std::size_t there, std::size_t executors) {
  if (executors * demand.gpus <= there) return;
  const std::size_t all = node.gpus.size();
  const std::string named =
      all == 0 ? fmt::format("no GPU (no {}, no NVIDIA driver)", fmt::join(gpu_variables, ", "))
               : fmt::format("{}{} ({})", there < all ? fmt::format("{} of its ", there) : "",
                             plural(all, "GPU"), fmt::join(node.gpus, ","));
  throw base::UserError(fmt::format("task.gpus = {} for {} on {}, which has {} for {}; {}", demand.gpus,
                                    plural(executors, "executor"), base::host_name(), named,
                                    executors == 1 ? "it" : "them",
                                    all < demand.gpus ? "run where there are more, or lower it"
                                                      : "have fewer executors or worker ranks there"));
}

/// A worker's part of what all workers of the node are given, in units of what one executor takes: as many
/// units as each may have executors, or even parts.
template <class Thing>
std::vector<Thing> part_of(const std::vector<Thing>& all, std::size_t unit, const Neighbours& n) {
  const std::size_t units = all.size() / unit, index = n.index;
  const std::size_t each = units / n.workers, over = units % n.workers;
  const std::size_t first = n.executors > 0 ? index * n.executors : index * each + std::min(index, over);
  const std::size_t count = n.executors > 0 ? n.executors : each + (index < over ? 1 : 0);
  const auto at = [&](std::size_t u) {
    return all.begin() + static_cast<std::ptrdiff_t>(std::min(u, units) * unit);
  };
  return {at(first), at(first + count)};
}

/// How many executors of the node are those of the workers before this one.
std::size_t executors_before(const Node& node, const job::Demand& demand, std::size_t executors,
                             const Neighbours& n) {
  if (n.executors > 0 || !node.cores_shared || executors > 0)
    return n.index * std::max<std::size_t>({n.executors, executors, 1});
  const std::size_t units = room(node, demand);
  return n.index * (units / n.workers) + std::min<std::size_t>(n.index, units % n.workers);
}

/// What Slurm says the node has of the job's.
std::optional<std::size_t> slurm_count(const char* variable) {
  const char* count = std::getenv(variable);
  return count != nullptr ? std::optional<std::size_t>(std::strtoul(count, nullptr, 10)) : std::nullopt;
}

}  // namespace

std::vector<int> own_cores() {
  return cores_of(0);
}

std::vector<int> executor_cores(pid_t rank) {
  const pid_t daemon = parent_of(rank);
  std::ifstream comm(fmt::format("/proc/{}/comm", daemon));
  std::string name;
  std::getline(comm, name);
  constexpr std::array daemons{"mpirun", "orted", "orterun", "mpiexec", "prted"};
  return cores_of(std::ranges::find(daemons, name) != daemons.end() ? daemon : rank);
}

void run_on(const std::vector<int>& cores) {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  for (const int core : cores) CPU_SET(core, &mask);
  std::error_code ignored;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task", ignored))
    ::sched_setaffinity(std::atoi(thread.path().filename().c_str()), sizeof mask, &mask);
}

Node node_with(std::vector<int> cores, const std::filesystem::path& proc) {
  Node node{std::move(cores), gpu_variables.front(), driver_gpus(proc)};
  for (const char* name : gpu_variables) {
    const char* value = std::getenv(name);
    if (value == nullptr) continue;
    node.gpu_variable = name;
    node.gpus = split_gpus(value);
    break;
  }
  const auto cpus = slurm_count("SLURM_CPUS_ON_NODE"), gpus = slurm_count("SLURM_GPUS_ON_NODE");
  node.cores_shared = node.cores.size() >= cpus.value_or(0);
  node.gpus_shared = node.gpus.size() >= gpus.value_or(0);
  // Others may have the rest, where Slurm does not confine processes to what is theirs.
  if (cpus && *cpus > 0 && *cpus < node.cores.size()) node.cores.resize(*cpus);
  return node;
}

std::uint32_t room(const Node& node, const job::Demand& demand) {
  MPROC_CHECK(demand.cpus <= node.cores.size(),
              "task.cpus = {} is more than the {} that executors may use on {}; lower it, or run where there "
              "are more",
              demand.cpus, plural(node.cores.size(), "core"), base::host_name());
  check_gpus(node, demand, node.gpus.size(), 1);
  std::size_t fit = node.cores.size() / demand.cpus;
  if (demand.gpus > 0) fit = std::min(fit, node.gpus.size() / demand.gpus);
  return static_cast<std::uint32_t>(fit);
}

std::vector<Place> places(const Node& node, const job::Demand& demand, std::uint32_t executors,
                          Neighbours neighbours) {
  room(node, demand);
  Node mine = node;
  if (node.cores_shared) mine.cores = part_of(node.cores, demand.cpus, neighbours);
  if (node.gpus_shared && demand.gpus > 0) mine.gpus = part_of(node.gpus, demand.gpus, neighbours);
  // A worker computes, even where there are more workers than cores.
  const bool fits_one = mine.cores.size() >= demand.cpus && mine.gpus.size() >= demand.gpus;
  std::vector<Place> all(executors > 0 ? executors : fits_one ? room(mine, demand) : 1);
  check_gpus(node, demand, mine.gpus.size(), all.size());
  MPROC_CHECK(!demand.pin || all.size() * demand.cpus <= mine.cores.size(),
              "task.pin gives each executor {} of its own, but {} have {} on {}; have fewer executors, or "
              "leave pin out",
              plural(demand.cpus, "core"), plural(all.size(), "executor"), plural(mine.cores.size(), "core"),
              base::host_name());
  const std::size_t before = executors_before(node, demand, executors, neighbours);
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].number = static_cast<std::uint32_t>(before + i + 1);
    const auto own = [i](const auto& things, std::size_t count) {
      const auto first = things.begin() + static_cast<std::ptrdiff_t>(i * count);
      return std::vector(first, first + static_cast<std::ptrdiff_t>(count));
    };
    if (demand.gpus > 0)
      all[i].env.emplace_back(node.gpu_variable,
                              fmt::format("{}", fmt::join(own(mine.gpus, demand.gpus), ",")));
    if (demand.pin) all[i].cores = own(mine.cores, demand.cpus);
  }
  return all;
}

}  // namespace mproc::exec
