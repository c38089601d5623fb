// What mpirun and srun tell the processes that they start.
#include <cstdlib>
#include <utility>

#include "mproc/base/slurm_counts.hpp"
#include "mproc/comm/mpi_channel.hpp"

namespace mproc::comm {
namespace {

int environment_int(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::atoi(text) : otherwise;
}

/// Tasks of the step on this node.
int slurm_tasks_here() {
  const char* text = std::getenv("SLURM_STEP_TASKS_PER_NODE");
  const auto tasks = base::slurm_counts(text != nullptr ? text : "");
  const auto node = static_cast<std::size_t>(environment_int("SLURM_NODEID", 0));
  return node < tasks.size() ? static_cast<int>(tasks[node]) : 1;
}

}  // namespace

LaunchedAs launched_as() {
  for (const auto& [rank, size] :
       {std::pair{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
        std::pair{"PMIX_RANK", "SLURM_STEP_NUM_TASKS"}, std::pair{"PMI_RANK", "PMI_SIZE"}})
    if (std::getenv(rank) != nullptr)
      return {true,
              environment_int(rank, 0),
              environment_int(size, 1),
              {environment_int("OMPI_COMM_WORLD_LOCAL_RANK", environment_int("SLURM_LOCALID", 0)),
               environment_int("OMPI_COMM_WORLD_LOCAL_SIZE", slurm_tasks_here())}};
  // Steps of srun's, of which the batch script and salloc's shell are none.
  constexpr unsigned long first_special_step = 0xfffffff0;
  const char* step = std::getenv("SLURM_STEP_ID");
  if (step != nullptr && std::strtoul(step, nullptr, 10) < first_special_step)
    return {false, environment_int("SLURM_PROCID", 0), environment_int("SLURM_STEP_NUM_TASKS", 1), {}};
  return {};
}

}  // namespace mproc::comm
