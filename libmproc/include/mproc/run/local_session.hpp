#pragma once

#include <optional>

#include "mproc/exec/socket_message.hpp"
#include "mproc/run/driver_client.hpp"
#include "mproc/run/driver_run.hpp"
#include "mproc/run/observers.hpp"
#include "mproc/run/rank_bell.hpp"
#include "mproc/run/waiter.hpp"

namespace mproc::run {

/// A driver's session whose central is in the driver's own thread, and works while the driver waits. Workers
/// may be silent for as long as they like, and so may the driver. When a rank dies, what waits throws
/// SystemError.
class LocalSession {
 public:
  struct Executors {
    std::uint32_t each = 1;  ///< of a worker; 0: each fills its node
    job::Demand demand = {};
    std::uint64_t recycle = 0;
    std::vector<std::pair<std::string, std::string>> variables = {};  ///< of their environment
  };
  /// Returns when all workers are up. Throws SystemError when none is.
  LocalSession(RankBell& rank, comm::Channel& channel, const Executors& executors);

  DriverClient& client() { return *client_; }
  /// A rank has died.
  bool lossy() const { return run_.central().lost_workers() > 0; }

 private:
  bool step();

  RankBell& rank_;
  StderrObserver observer_;
  Waiter waiter_;
  exec::SocketPair sockets_;
  std::optional<DriverLink> link_;
  DriverRun run_;
  std::optional<DriverClient> client_;
};

}  // namespace mproc::run
