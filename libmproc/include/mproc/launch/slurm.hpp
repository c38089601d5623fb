#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mproc::launch {

/// The nodes of the Slurm job that this process is in, over which mpirun may start ranks.
struct Allocation {
  struct Node {
    std::string name;
    std::uint32_t cpus;         ///< that the job has of it
    std::uint32_t workers = 1;  ///< worker ranks on it
  };
  std::string job;          ///< its id
  std::vector<Node> nodes;  ///< this one first
};

/// The allocation whose first node this is. None outside of one, inside of a step of srun's, whose part of
/// the node is all there is, and where Slurm does not say what the nodes are called.
std::optional<Allocation> own_allocation();

/// In salloc's shell on a login node, where nothing is to be computed: becomes the same command on the first
/// node of the allocation. Returns elsewhere.
void go_to_first_node(int argc, char** argv);

/// The allocation without those nodes that do not start a process now; each has `limit` to do so.
Allocation without_lost_nodes(const Allocation& allocation, std::chrono::milliseconds limit);

/// What Slurm does to the processes of this job, and when.
struct SlurmLimits {
  std::optional<std::chrono::seconds> left;  ///< of its time limit; none: there is no limit, or no Slurm job
  std::optional<std::chrono::seconds> kill_wait;  ///< from SIGTERM to SIGKILL
};
SlurmLimits slurm_limits();

/// "2-03:04:05", "03:04:05", "04:05": a duration as Slurm prints it. None for UNLIMITED and its like.
std::optional<std::chrono::seconds> slurm_duration(const std::string& text);

}  // namespace mproc::launch
