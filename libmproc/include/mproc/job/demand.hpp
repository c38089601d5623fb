#pragma once

#include <cstdint>
#include <msgpack.hpp>

namespace mproc::job {

/// What each executor of a job has of its node for itself.
struct Demand {
  std::uint32_t cpus = 1;  ///< cores, as a count alone unless `pin`
  std::uint32_t gpus = 0;
  bool pin = false;  ///< its cores are its own: it runs on no others
  /// Bytes that it and all that it started may hold in anonymous memory; 0: no limit.
  std::uint64_t memory = 0;
  MSGPACK_DEFINE(cpus, gpus, pin, memory)
};

}  // namespace mproc::job
