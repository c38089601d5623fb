#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "commands.hpp"
#include "mproc/base/time.hpp"
#include "mproc/job/items.hpp"
#include "mproc/journal/status.hpp"
#include "mproc/launch/placement.hpp"
#include "mproc/run/costs.hpp"
#include "mproc/schedule/forecast.hpp"
#include "outcomes.hpp"
#include "trial.hpp"

namespace mproc::app {
namespace {

using schedule::Limit;

constexpr std::uint64_t most_sampled = 200'000;
constexpr std::uint64_t places = 64;   // of the input that are sampled
constexpr double share_of_time = 0.8;  // of the sample's time, by the tasks so far

struct Options {
  std::string job;
  RunArguments run;
  double seconds = 10;
  bool json = false;
};

std::uint32_t executors_of(const Trial& trial) {
  return launch::executors_here(trial.job().task.demand, 0);
}

/// Runs three tasks, then as many of all of the input as fit into the time. False: `status` says why not.
bool run_sample(Trial& trial, double seconds, schedule::Sample& sample, int& status) {
  const auto limit = std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
  const auto run = [&](const std::vector<base::TaskRange>& tasks) {
    const std::int64_t begin = base::monotonic_ns();
    status = trial.run(tasks, executors_of(trial), limit);
    const bool at_limit = base::monotonic_ns() - begin >= limit.count();  // else somebody asked it to stop
    return status == static_cast<int>(base::ExitStatus::success) ||
           (status == static_cast<int>(base::ExitStatus::drained) && at_limit);
  };
  const std::int64_t begin = base::wall_ns();
  if (!run(trial.few())) return false;
  if (const auto at = journal::read_status(journal::RunDirectory::find(trial.folder(), *trial.directory())))
    sample.start_seconds = static_cast<double>(at->started_ns - begin) / 1e9;
  auto measured = trial.measured();
  MPROC_CHECK(!measured.tasks.empty(), "no task of the sample ended within {:g} s; --seconds gives it more",
              seconds);
  const double each = std::max(mean_seconds(measured.tasks), 1e-9);
  const double fit = share_of_time * seconds * executors_of(trial) / each;
  const auto more = static_cast<std::uint64_t>(std::clamp(fit, 0.0, static_cast<double>(most_sampled)));
  if (more > Trial::few_tasks && *trial.total() > Trial::few_tasks) {
    if (!run(trial.spread(more, places))) return false;
    measured = trial.measured();
  }
  std::uint64_t bytes = 0;
  for (const auto& task : measured.tasks) {
    sample.durations.push_back(std::max<std::int64_t>(task.ns, 1));
    bytes += task.result_bytes;
  }
  sample.result_bytes = bytes / measured.tasks.size();
  sample.start_seconds += measured.warm_up_seconds;
  status = static_cast<int>(base::ExitStatus::success);
  return true;
}

std::uint64_t item_bytes(const job::Job& job) {
  job::ItemBatch batch;
  job::make_item_source(job)->read(batch, places, 1u << 20);
  return batch.count() > 0 ? batch.data.size() / batch.count() : 0;
}

struct Summary {
  explicit Summary(std::vector<std::int64_t> durations) {
    std::ranges::sort(durations);
    for (const std::int64_t ns : durations) mean += static_cast<double>(ns) / 1e9;
    mean /= static_cast<double>(durations.size());
    median = static_cast<double>(durations[durations.size() / 2]) / 1e9;
    longest = static_cast<double>(durations.back()) / 1e9;
  }
  double mean = 0, median = 0, longest = 0;
};

const char* name(Limit limit) {
  constexpr const char* names[] = {"tasks", "longest task", "central", "journal", "start"};
  return names[static_cast<std::size_t>(limit)];
}

std::string words(Limit limit, const schedule::Sample& sample, const Summary& times) {
  switch (limit) {
    case Limit::tasks:
      return fmt::format("there are too few tasks ({}) to share", sample.tasks);
    case Limit::longest_task:
      return fmt::format("the longest task ({}) outlasts the others", duration(times.longest));
    case Limit::central:
      return sample.options.chunk > 0
                 ? fmt::format(
                       "central can send no more messages; without run.chunk = {} it would send fewer",
                       sample.options.chunk)
                 : "central can hand out no more tasks a second";
    case Limit::journal:
      return "the journal can take no more results a second";
    case Limit::start:
      return fmt::format("start-up and init code ({}) are what takes time", duration(sample.start_seconds));
  }
  return {};
}

void print_table(const schedule::Sample& sample, const schedule::Outlook& outlook) {
  const Summary times(sample.durations);
  fmt::print("{} of {} tasks sampled: {} a task ({} in the median, {} at most); {} until the first begins\n",
             sample.durations.size(), sample.tasks, duration(times.mean), duration(times.median),
             duration(times.longest), duration(sample.start_seconds));
  fmt::print("{:>10}  {:>8}  {:>10}  {:>10}\n", "executors", "time", "efficiency", "core-hours");
  for (const auto& row : outlook.forecasts)
    fmt::print("{:>10}  {:>8}  {:>10.2f}  {:>10.3g}\n", row.executors, duration(row.seconds), row.efficiency,
               row.core_hours);
  const std::string why = outlook.limit ? words(*outlook.limit, sample, times) : "";
  if (!outlook.knee) return fmt::print("not even one executor is used well: {}\n", why);
  fmt::print("best: {} executor{}, the most with an efficiency of {} or better{}\n", *outlook.knee,
             *outlook.knee == 1 ? "" : "s", schedule::good_efficiency, why.empty() ? "" : "; beyond, " + why);
}

void print_json(const schedule::Sample& sample, const schedule::Outlook& outlook) {
  const Summary times(sample.durations);
  job::Json rows = job::Json::array();
  for (const auto& row : outlook.forecasts)
    rows.push_back({{"executors", row.executors},
                    {"seconds", row.seconds},
                    {"efficiency", row.efficiency},
                    {"core_hours", row.core_hours}});
  job::Json tree = {
      {"tasks", sample.tasks},
      {"sampled", sample.durations.size()},
      {"task_seconds", {{"mean", times.mean}, {"median", times.median}, {"longest", times.longest}}},
      {"start_seconds", sample.start_seconds},
      {"forecasts", rows},
      {"best", nullptr},
      {"limit", nullptr}};
  if (outlook.knee) tree["best"] = *outlook.knee;
  if (outlook.limit) tree["limit"] = name(*outlook.limit);
  fmt::print("{}\n", tree.dump());
}

int plan(const Options& options, Context& context) {
  Trial trial(options.job, options.run, context);
  trial.count_tasks();
  MPROC_CHECK(trial.total(),
              "{}: how many tasks there are is not known before the run; mproc try says what one takes",
              options.job);
  schedule::Sample sample;
  sample.tasks = *trial.total();
  int status = 0;
  if (!run_sample(trial, options.seconds, sample, status)) {
    if (trial.directory())
      if (const auto failure = first_failure(*trial.directory()))
        fmt::print(stderr, "mproc: {}; a plan takes tasks that succeed\n", *failure);
    return status;
  }
  const job::Job& job = trial.job();
  sample.item_bytes = item_bytes(job);
  sample.cpus = job.task.demand.cpus;
  sample.options = {job.task.retries, job.task.lost_retries, job.run.chunk};
  const auto outlook = schedule::forecast(sample, run::measure_costs(trial.folder()), executors_of(trial));
  options.json ? print_json(sample, outlook) : print_table(sample, outlook);
  return status;
}

}  // namespace

void add_plan(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("plan",
                                     "run a sample of a job's tasks, and say how long it takes on 1, 2, 4 "
                                     "... executors, and on as many as fit here; leaves no run");
  auto options = std::make_shared<Options>();
  command->add_option("JOB", options->job, "job file")->required();
  command
      ->add_option("--seconds", options->seconds, "for the sample (default: 10; fewer where tasks are short)")
      ->check(CLI::Range(0.1, 86'400.0));
  command->add_flag("--json", options->json, "as one line of JSON");
  command->add_option("--set", options->run.settings, "replace a value of the job")->allow_extra_args(false);
  command->footer(
      "More executors than this machine has cores are taken to be on more machines like it. Times are those "
      "of\n"
      "the whole command, start and init code included; core-hours are those of the executors.\n\n"
      "examples:\n  mproc plan sweep.toml\n  mproc plan sweep.toml --seconds 60 --json");
  command->callback([options, &context] {
    MPROC_CHECK(!context.is_rank, "plan starts mpirun itself; call it without mpirun or srun");
    context.status = plan(*options, context);
  });
}

}  // namespace mproc::app
