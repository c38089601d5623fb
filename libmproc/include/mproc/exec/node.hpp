#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "mproc/base/msgpack.hpp"
#include "mproc/job/demand.hpp"

namespace mproc::exec {

/// Where an executor runs: what it has of its node for itself.
struct Place {
  std::vector<std::pair<std::string, std::string>> env;  ///< its GPUs; empty: it asks for none
  std::vector<int> cores;                                ///< empty: any that its worker's executors may use
  std::uint32_t number = 1;                              ///< among the executors of its node
  MSGPACK_DEFINE(env, cores, number)
};

/// What executors may use on this node.
struct Node {
  std::vector<int> cores;
  std::string gpu_variable;       ///< the one that tells a process its GPUs
  std::vector<std::string> gpus;  ///< as that variable names them
  /// Whether all workers of the node are given the same ones; else Slurm has given each its own.
  bool cores_shared = true, gpus_shared = true;
};

/// A worker among the workers of its node, and how many executors each of them has at most (0: what fits).
struct Neighbours {
  std::uint32_t index = 0, workers = 1;
  std::uint32_t executors = 0;
};

/// Cores of the calling process.
std::vector<int> own_cores();
/// Cores of a rank's executors: mpirun pins ranks to single cores, and executors may use what mpirun's daemon
/// may use. Under srun the mask is the site's decision and stays.
std::vector<int> executor_cores(pid_t rank);
/// Lets all threads of the calling process run on these cores alone.
void run_on(const std::vector<int>& cores);

/// The node with these cores, and with the GPUs that the environment gives this process; where it names none,
/// those of an NVIDIA driver. `proc`: for tests.
Node node_with(std::vector<int> cores, const std::filesystem::path& proc = "/proc");

/// How many executors the node has room for. Throws UserError, which names the remedy, when not for one.
std::uint32_t room(const Node& node, const job::Demand& demand);

/// Places for `executors` executors of one worker (0: what fits its part of the node). No two executors of
/// the node get the same GPU or, with `pin`, the same core. Throws UserError when there are not enough.
std::vector<Place> places(const Node& node, const job::Demand& demand, std::uint32_t executors,
                          Neighbours neighbours);

}  // namespace mproc::exec
