#include "mproc/run/rank.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <memory>

#include "mproc/base/time.hpp"
#include "mproc/comm/mpi_channel.hpp"
#include "mproc/exec/process_pool.hpp"
#include "mproc/run/driver_run.hpp"
#include "mproc/run/job_run.hpp"
#include "mproc/run/observers.hpp"
#include "mproc/run/output.hpp"
#include "mproc/run/waiter.hpp"
#include "mproc/run/worker_loop.hpp"
#include "signals.hpp"

namespace mproc::run {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t farewell_ns = 5'000'000'000;  // for last messages to leave

/// Sends what is under way, for a while.
void flush(comm::Channel& channel, base::Doorbell& bell) {
  const std::int64_t deadline = base::monotonic_ns() + farewell_ns;
  while (channel.busy() && base::monotonic_ns() < deadline) {
    const auto seen = bell.count();
    channel.receive();
    if (channel.busy()) bell.wait(seen, 100us);
  }
}

int run_worker(RankBell& rank, comm::Channel& channel, exec::Zygote zygote, bool& lossy) {
  ignore_signals();
  exec::ProcessPool pool(std::move(zygote), rank.memory, rank.watcher);
  const WorkerEnd end =
      work(rank, channel, pool, places_beside(channel, comm::launched_as().node), silence_limit);
  lossy = end != WorkerEnd::stopped;
  if (end == WorkerEnd::orphan) return static_cast<int>(base::ExitStatus::incomplete);
  flush(channel, rank.bell);
  return 0;
}

/// The feed of the job's items; a generator runs in an executor of `pool`'s.
std::unique_ptr<ItemFeed> make_feed(const job::Job& job, const std::vector<LoadedArray>& data,
                                    const std::function<std::unique_ptr<exec::Pool>()>& pool,
                                    std::int32_t rank) {
  if (const auto generator = job::is_generator(job))
    return feed_from_generator(*generator, job, data, pool(),
                               {executor_environment(job), rank, base::host_name()});
  return feed_from(job::make_item_source(job));
}

/// What central's process has to do its work with.
struct CentralSetup {
  RankBell& rank;
  comm::Channel& channel;
  exec::Zygote& zygote;
  Observer& observer;
  CaughtSignals* signals;  ///< null: the launcher has them
  ControlLink* link;
  Script* script;
  bool& lossy;
  Central::Environment environment(const Request& request, const job::Demand& demand,
                                   std::uint64_t recycle) const {
    const std::chrono::nanoseconds silence(request.silence_ns);
    return {channel,
            rank.watcher,
            observer,
            request.executors_per_worker,
            request.executors,
            request.silence_ns > 0 ? silence : silence_limit,
            demand,
            node_of(channel.self()),
            recycle,
            request.executors_each};
  }
};

/// Steps a job's run or a driver's session to its end.
template <class Run>
RunResult drive(Run& run, const CentralSetup& setup) {
  struct NoteLoss {  // also when an exception ends the run
    const Central& central;
    bool& lossy;
    ~NoteLoss() { lossy = central.lossy(); }
  } const note_loss{run.central(), setup.lossy};
  ControlLink* link = setup.link;
  Waiter waiter(setup.rank.bell, setup.channel);
  while (!run.finished()) {
    waiter.look();
    const bool fired = setup.rank.watcher.fired();
    if (link != nullptr) {
      link->flush();
      while (const auto record = link->receive())
        if (record->value("type", "") == "drain")
          run.drain(record->value("reason", "") == "interrupt" ? base::ExitStatus::interrupted
                                                               : base::ExitStatus::drained);
      if (link->closed()) run.drain(base::ExitStatus::drained);
    }
    if (setup.signals != nullptr)
      if (const auto status = setup.signals->take()) run.drain(*status);
    if (fired && setup.script != nullptr && setup.script->has_ended()) run.drain(base::ExitStatus::success);
    const bool worked = run.step(fired);
    if (!run.finished()) waiter.rest(worked, run.central().peers());
  }
  return run.result();
}

RunResult run_job(const CentralSetup& setup, const Request& request) {
  const job::Job job = job::read_job(request.document);
  Plan plan = make_plan(job, request.options);
  if (setup.link == nullptr) say(plan, setup.observer);  // else the launcher has
  if (plan.kind == Plan::Kind::nothing)
    return {plan.status, conclude_nothing(job, plan, request.options), plan.run->path(), false, true};
  const auto pool = [&] {
    return std::make_unique<exec::ProcessPool>(std::move(setup.zygote), setup.rank.memory,
                                               setup.rank.watcher);
  };
  const auto data = load_data(job);
  JobRun run(job, data, std::move(plan), request.options, make_feed(job, data, pool, 0),
             setup.environment(request, job.task.demand, job.run.recycle), [&] { setup.rank.bell.ring(); });
  return drive(run, setup);
}

RunResult serve_driver(const CentralSetup& setup, const Request& request) {
  auto link = DriverLink::connect(request.driver, setup.rank.memory);
  setup.rank.watcher.add(link.fd());
  const job::Job session = job::read_session(request.document);
  RunResult result;
  {
    DriverRun run(link, setup.environment(request, session.task.demand, session.run.recycle),
                  executor_environment(session));
    result = drive(run, setup);
  }
  setup.rank.watcher.remove(link.fd());
  return result;
}

/// Why the session of a script has ended, which goes on.
std::string serve_while_it_can(const CentralSetup& setup, const Request& request) {
  try {
    return serve_driver(setup, request).text;
  } catch (const std::exception& error) {
    setup.observer.warning(error.what());
    return error.what();
  }
}

RunResult follow_script(const CentralSetup& setup, Script& script) {
  ignore_signals();  // what comes to all of our group, the script decides upon
  const int status =
      script.follow(setup.rank.bell, setup.rank.watcher, setup.channel,
                    [&](const Request& request) { return serve_while_it_can(setup, request); });
  return {static_cast<base::ExitStatus>(status), {}, {}};
}

int central_main(RankBell& rank, comm::Channel& channel, RankSetup& setup, bool& lossy) {
  std::optional<CaughtSignals> signals;
  std::optional<ControlLink> link;
  std::unique_ptr<Observer> observer;
  if (!setup.control.empty()) {
    ignore_signals();  // the launcher has the user's; mpirun's own are of nodes that it has lost
    link.emplace(ControlLink::connect(setup.control));
    rank.watcher.add(link->fd());
    link->send({{"type", "hello"}, {"pid", ::getpid()}});
    link->send({{"type", "reading"}});
    observer = std::make_unique<ControlObserver>(*link);
  } else {
    signals.emplace(rank.bell);
    observer = std::make_unique<StderrObserver>(setup.quiet);
  }
  RunResult result;
  try {
    MPROC_CHECK(channel.size() > 1,
                "one rank alone has no worker; start mpirun with -n 2 or more, or use --inline");
    Script* script = setup.script ? &*setup.script : nullptr;
    const CentralSetup central{
        rank,   channel, setup.zygote, *observer, signals ? &*signals : nullptr, link ? &*link : nullptr,
        script, lossy};
    if (script != nullptr) {
      result = follow_script(central, *script);
    } else {
      const Request request = setup.request();
      result = request.driver.empty() ? run_job(central, request) : serve_driver(central, request);
    }
  } catch (const base::UserError& e) {
    result = {base::ExitStatus::usage, e.what(), {}};
  } catch (const std::exception& e) {
    result = {base::ExitStatus::incomplete, e.what(), {}};
  }
  // Workers that Central has told already are past reading this.
  stop_workers(channel, lossy);
  flush(channel, rank.bell);
  const int status = static_cast<int>(result.status);
  if (link) {
    link->send({{"type", "exit"},
                {"status", status},
                {"text", result.text},
                {"run", result.directory},
                {"ranks_lost", result.ranks_lost},
                {"complete", result.complete}});
    while (!link->flush()) {
      const auto seen = rank.bell.count();
      rank.bell.wait(seen, 1ms);
    }
  } else {
    setup.conclude(result);
  }
  return status;
}

/// Processes that another MPI's mpirun started are each alone for ours.
[[noreturn]] void refuse_to_be_alone(int started, int ranks) {
  throw base::UserError(fmt::format(
      "{} ranks were started, and Open MPI finds {}: use the mpirun of the Open MPI that mproc was built "
      "with, an srun --mpi that it knows, or mproc alone",
      started, ranks));
}

}  // namespace

int run_rank(RankSetup setup) {
  raise_descriptor_limit();
  RankBell rank;
  const int started = comm::launched_as().size;  // MPI_Init changes what tells
  comm::MpiSession mpi(rank.memory);
  comm::Channel& channel = mpi.channel();
  if (const int found = channel.size(); found != started) {
    mpi.finalize();  // of those that do know of each other
    refuse_to_be_alone(started, found);
  }
  base::set_process_label(fmt::format("rank {} on {}", channel.self().value, base::host_name()));
  bool lossy = false;
  int status = static_cast<int>(base::ExitStatus::incomplete);
  try {
    status = channel.self() == base::central_rank ? central_main(rank, channel, setup, lossy)
                                                  : run_worker(rank, channel, std::move(setup.zygote), lossy);
  } catch (const std::exception& e) {
    fmt::print(stderr, "mproc: {}: {}\n", base::process_label(), e.what());
    lossy = true;
  }
  setup.zygote.socket.reset();
  std::fflush(nullptr);
  // MPI_Finalize waits for every rank: with one lost, for ever.
  if (lossy) ::_exit(status);
  mpi.finalize();
  return status;
}

}  // namespace mproc::run
