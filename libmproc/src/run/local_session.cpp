#include "mproc/run/local_session.hpp"

#include <algorithm>

#include "mproc/base/error.hpp"
#include "mproc/run/load_data.hpp"

namespace mproc::run {

LocalSession::LocalSession(RankBell& rank, comm::Channel& channel, const Executors& executors)
    : rank_(rank),
      waiter_(rank.bell, channel),
      sockets_(exec::make_socket_pair()),
      link_(DriverLink::begin(std::move(sockets_.there), rank.memory)),
      run_(*link_,
           {channel, rank.watcher, observer_, executors.each, 0, std::chrono::nanoseconds::max(),
            executors.demand, node_of(channel.self()), executors.recycle},
           executors.variables) {
  client_.emplace(
      std::move(sockets_.here),
      CentralHere{[this] { return step(); }, [this] { waiter_.rest(false, run_.central().peers()); }});
  client_->wait_until([&] {
    const auto workers = run_.central().state().workers;
    const auto up = std::ranges::count_if(workers, [](const auto& worker) { return worker.executors > 0; });
    return up > 0 && static_cast<std::size_t>(up) >= run_.central().hopeful_workers();
  });
}

bool LocalSession::step() {
  if (run_.finished()) {
    link_.reset();  // which tells the driver
    return false;
  }
  waiter_.look();
  const bool worked = run_.step(rank_.watcher.fired());
  if (lossy()) throw base::SystemError("a rank of the session has died");
  if (worked) waiter_.rest(true, {});
  return worked;
}

}  // namespace mproc::run
