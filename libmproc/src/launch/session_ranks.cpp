#include "mproc/launch/session_ranks.hpp"

#include "mproc/exec/node.hpp"

namespace mproc::launch {

std::uint32_t executors_here(const job::Demand& demand, std::uint32_t asked_for) {
  const exec::Node node = exec::node_with(exec::own_cores());
  return static_cast<std::uint32_t>(exec::places(node, demand, asked_for, {}).size());
}

LaunchOptions session_ranks(const job::Demand& demand, std::uint32_t executors, run::Request& request) {
  // A loss ends the session: what its maps had done is with the driver, who decides.
  LaunchOptions how{.relaunch = 0};
  const std::uint32_t nodes = allocated_nodes();
  if (nodes == 1 || (executors > 0 && executors <= executors_here(demand, 0))) {
    how.workers = executors_here(demand, executors);
    return how;
  }
  how.workers = how.nodes = nodes;
  request.executors = executors;
  request.executors_per_worker = (executors + nodes - 1) / nodes;
  return how;
}

}  // namespace mproc::launch
