#include "mproc/launch/placement.hpp"

#include <algorithm>
#include <cstdlib>

#include "mproc/exec/node.hpp"

namespace mproc::launch {
namespace {

std::uint32_t parts(std::uint32_t whole, std::uint32_t part) {
  return (whole + part - 1) / part;
}

}  // namespace

std::uint32_t executors_here(const job::Demand& demand, std::uint32_t asked_for) {
  const exec::Node node = exec::node_with(exec::own_cores());
  return static_cast<std::uint32_t>(exec::places(node, demand, asked_for, {}).size());
}

LaunchOptions place_ranks(const job::Job& job, std::uint32_t executors, std::vector<Host> hosts,
                          run::Request& request) {
  LaunchOptions how{.relaunch = job.run.relaunch, .launcher = job.run.launcher};
  how.hosts = share_out(std::move(hosts), executors);
  if (!how.hosts.empty()) return how;
  const job::Demand& demand = job.task.demand;
  const bool per_node = job.run.layout == job::Layout::rank_per_node;
  auto allocation = own_allocation();
  if (!allocation || allocation->nodes.size() == 1 ||
      (executors > 0 && executors <= executors_here(demand, 0))) {
    request.executors = executors_here(demand, executors);
    request.executors_per_worker = per_node || job.run.executors == 0
                                       ? request.executors
                                       : std::min(request.executors, job.run.executors);
    how.workers = parts(request.executors, request.executors_per_worker);
    return how;
  }
  request.executors = executors;
  const auto nodes = static_cast<std::uint32_t>(allocation->nodes.size());
  if (job.run.layout == job::Layout::rank_per_core) {
    request.executors_per_worker = std::max(1u, job.run.executors);
    for (auto& node : allocation->nodes)
      node.workers = parts(std::max(1u, node.cpus / demand.cpus), request.executors_per_worker);
  } else {
    request.executors_per_worker = parts(executors, nodes);  // 0: what fits its node
  }
  how.allocation = std::move(allocation);
  return how;
}

run::RunResult launch_session(run::Request request, std::uint32_t executors) {
  const char* hosts = std::getenv("MPROC_HOSTS");
  LaunchOptions how =
      place_ranks(job::read_session(request.document), executors,
                  hosts != nullptr && *hosts != 0 ? read_hosts(hosts) : std::vector<Host>{}, request);
  how.relaunch = 0;
  return launch(std::move(request), how);
}

}  // namespace mproc::launch
