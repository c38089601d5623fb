#include "mproc/run/worker_loop.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "mproc/base/time.hpp"
#include "mproc/run/load_data.hpp"
#include "mproc/run/waiter.hpp"

namespace mproc::run {

Worker::FindPlaces places_beside(comm::Channel& channel, comm::NodeRank self) {
  return [&channel, self](const job::Demand& demand, std::uint32_t executors, std::uint32_t each) {
    const int central =
        channel.local_pid(base::central_rank) ? 1 : 0;  // the first of its node, and no worker
    const exec::Neighbours neighbours{static_cast<std::uint32_t>(std::max(0, self.rank - central)),
                                      static_cast<std::uint32_t>(std::max(1, self.size - central)), each};
    return exec::places(exec::node_with(exec::executor_cores(::getpid())), demand, executors, neighbours);
  };
}

WorkerEnd work(RankBell& rank, comm::Channel& channel, exec::Pool& pool,
               const Worker::FindPlaces& find_places, std::chrono::nanoseconds silence) {
  const base::Fd daemon = base::open_pidfd(::getppid());
  if (daemon) rank.watcher.add(daemon.get());
  base::Fd central;
  bool gone = false;
  Worker worker(channel, pool, base::host_name(), find_places, node_of(channel.self()));
  Waiter waiter(rank.bell, channel);
  std::int64_t looked = base::monotonic_ns(), resumed = 0;
  while (!worker.stopped()) {
    waiter.look();
    const bool fired = rank.watcher.fired();
    const bool worked = worker.step(fired);
    const std::int64_t now = base::monotonic_ns();
    // It was stopped, and so perhaps was central.
    if (now - std::exchange(looked, now) > silence.count() / 4) resumed = now;
    if (!central)
      if (const auto pid = channel.local_pid(base::central_rank)) {
        central = base::open_pidfd(*pid);
        gone = !central && errno == ESRCH;  // before it was looked for
        if (central) rank.watcher.add(central.get());
      }
    const bool orphan =
        gone || (fired && ((central && base::has_ended(central)) || (daemon && base::has_ended(daemon)))) ||
        (!central && now - std::max(worker.heard_ns(), resumed) > silence.count());
    if (orphan) return WorkerEnd::orphan;
    waiter.rest(worked, worker.peers(), worker.due_ns());
  }
  return worker.lossy() ? WorkerEnd::stopped_lossy : WorkerEnd::stopped;
}

void stop_workers(comm::Channel& channel, bool lossy) {
  for (int worker = 1; worker < channel.size(); ++worker)
    channel.send(base::Rank{worker}, wire::encode(wire::Stop{lossy}));
}

}  // namespace mproc::run
