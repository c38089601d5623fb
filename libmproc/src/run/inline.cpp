#include <chrono>
#include <memory>

#include "mproc/comm/in_process.hpp"
#include "mproc/exec/inline_pool.hpp"
#include "mproc/run/job_run.hpp"
#include "mproc/run/output.hpp"
#include "mproc/run/rank.hpp"
#include "mproc/run/recorded_task.hpp"
#include "mproc/run/worker.hpp"
#include "signals.hpp"

namespace mproc::run {
namespace {

using namespace std::chrono_literals;

void say_what_is_not_enforced(const job::Job& job, Observer& observer) {
  std::string keys = limits_of_tasks(job);
  if (job.run.recycle > 0) keys += (keys.empty() ? "" : ", ") + std::string("run.recycle");
  if (!keys.empty()) observer.warning("--inline runs tasks in this process, without " + keys);
}

}  // namespace

RunResult run_inline(const Request& request, const exec::PythonFactory& python, Observer& observer) {
  const job::Job job = job::read_job(request.document);
  Plan plan = make_plan(job, request.options);
  say(plan, observer);
  if (plan.kind == Plan::Kind::nothing)
    return {plan.status, conclude_nothing(job, plan, request.options), plan.run->path()};

  say_what_is_not_enforced(job, observer);

  base::Doorbell bell;
  base::Watcher watcher([&] { bell.ring(); });
  CaughtSignals signals(bell);
  const auto data = load_data(job);
  auto channels = comm::make_in_process(2);
  exec::InlinePool pool(python);
  const std::string host = base::host_name();
  auto feed = job::is_generator(job) ? feed_from_generator(*job::is_generator(job), job, data,
                                                           std::make_unique<exec::InlinePool>(python),
                                                           {executor_environment(job), 0, host})
                                     : feed_from(job::make_item_source(job));
  Worker worker(*channels[1], pool, host, [](const auto&...) { return std::vector<exec::Place>(1); });
  JobRun run(job, data, std::move(plan), request.options, std::move(feed),
             {*channels[0], watcher, observer, 1, 0, std::chrono::nanoseconds::max()}, [&] { bell.ring(); });
  while (!run.finished()) {
    const auto seen = bell.count();
    if (const auto status = signals.take()) run.drain(*status);
    bool worked = run.step(watcher.fired());
    if (!run.finished()) worked |= worker.step(false);
    if (!worked) bell.wait(seen, 10ms);
  }
  return run.result();
}

}  // namespace mproc::run
