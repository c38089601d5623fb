// What mpirun and srun tell the processes that they start.
#include <cstdlib>
#include <utility>

#include "mproc/comm/mpi_channel.hpp"

namespace mproc::comm {
namespace {

int environment_int(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::atoi(text) : otherwise;
}

/// From "2(x3),1", tasks by node of the step: this node's.
int slurm_tasks_here() {
  const char* text = std::getenv("SLURM_STEP_TASKS_PER_NODE");
  int node = environment_int("SLURM_NODEID", 0);
  for (const char* at = text; at != nullptr && *at != '\0';) {
    char* end = nullptr;
    const long tasks = std::strtol(at, &end, 10);
    if (end == at) break;
    long nodes = 1;
    if (end[0] == '(' && end[1] == 'x') {
      nodes = std::strtol(end + 2, &end, 10);
      if (*end == ')') ++end;
    }
    if (node < nodes) return static_cast<int>(tasks);
    node -= static_cast<int>(nodes);
    at = *end == ',' ? end + 1 : end;
  }
  return 1;
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
  return {};
}

}  // namespace mproc::comm
