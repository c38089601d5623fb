#pragma once

#include <chrono>

#include "mproc/comm/mpi_channel.hpp"
#include "mproc/run/rank_bell.hpp"
#include "mproc/run/worker.hpp"

namespace mproc::run {

/// Places on this node beside those of its other workers.
Worker::FindPlaces places_beside(comm::Channel& channel, comm::NodeRank self);

enum class WorkerEnd {
  stopped,        ///< by central
  stopped_lossy,  ///< by central, and some rank was lost
  orphan          ///< central has gone, or mpirun
};

/// A worker's part of a session, to its end. `silence`: of central, until it counts as gone where it is on
/// another node.
WorkerEnd work(RankBell& rank, comm::Channel& channel, exec::Pool& pool,
               const Worker::FindPlaces& find_places, std::chrono::nanoseconds silence);

/// Ends the work of all workers.
void stop_workers(comm::Channel& channel, bool lossy);

}  // namespace mproc::run
