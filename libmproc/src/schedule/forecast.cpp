#include "mproc/schedule/forecast.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include "mproc/base/error.hpp"

namespace mproc::schedule {
namespace {

constexpr std::uint32_t most_executors = 1u << 14;
constexpr double least_efficiency = 0.5;
constexpr double fully_used = 0.85;
constexpr std::uint64_t seed = 1;
// Of more tasks than fill so many chunks, a part is simulated, and the rest is taken to go on like its
// middle: a part so large that its longest task does not weigh.
constexpr std::uint64_t least_chunks = 4'000, most_chunks = 200'000, chunks_per_executor = 8;
constexpr double longest_tasks_per_executor = 20;

class Forecaster {
 public:
  Forecaster(const Sample& sample, const Costs& costs, std::uint32_t cores)
      : sample_(sample),
        costs_(costs),
        cores_(cores),
        stage_{sample.tasks, TaskTimes::drawn_from(sample.durations, sample.tasks, seed), sample.item_bytes,
               sample.result_bytes, sample.options},
        mean_ns_(mean(sample.durations)) {}

  struct Row {
    Forecast forecast;
    SimulatedRun run;
    std::uint64_t tasks = 0;  // that were simulated
  };

  Row row(std::uint32_t executors) const {
    Row row{{executors}, {}, simulated_tasks(executors)};
    row.run = run(executors, row.tasks);
    auto makespan = static_cast<double>(row.run.makespan_ns), busy = static_cast<double>(row.run.busy_ns);
    if (row.tasks < sample_.tasks) {
      const double efficiency = std::clamp(row.run.middle_efficiency, 1e-6, 1.0);
      const double rest = mean_ns_ * static_cast<double>(sample_.tasks - row.tasks);
      makespan += rest / (efficiency * executors);
      busy += rest;
    }
    Forecast& forecast = row.forecast;
    forecast.seconds = sample_.start_seconds + makespan / 1e9;
    forecast.core_hours = forecast.seconds * executors * sample_.cpus / 3600;
    forecast.efficiency = busy / 1e9 / (forecast.seconds * executors);
    return row;
  }

  Limit limit(const Row& row) const {
    const auto makespan = static_cast<double>(row.run.makespan_ns);
    const double needed = busy_seconds() / row.forecast.executors;
    if (2 * sample_.start_seconds >= row.forecast.seconds - needed) return Limit::start;
    if (static_cast<double>(row.run.journal_ns) > fully_used * makespan) return Limit::journal;
    if (static_cast<double>(row.run.central_ns) > fully_used * makespan) return Limit::central;
    if (2 * longest_ns() > 1e9 * needed && longest_ns() > 2 * mean_ns_) return Limit::longest_task;
    return Limit::tasks;
  }

 private:
  static double mean(const std::vector<std::int64_t>& durations) {
    MPROC_ASSERT(!durations.empty(), "a forecast without a sample");
    const auto sum = std::accumulate(durations.begin(), durations.end(), std::int64_t{0});
    return std::max(static_cast<double>(sum) / static_cast<double>(durations.size()), 1.0);
  }
  double busy_seconds() const { return mean_ns_ * static_cast<double>(sample_.tasks) / 1e9; }
  std::uint64_t simulated_tasks(std::uint32_t executors) const {
    const Policy policy;
    std::uint64_t chunk = sample_.options.chunk;
    if (chunk == 0) chunk = static_cast<std::uint64_t>(policy.chunk_ns({executors, executors}) / mean_ns_);
    chunk = std::clamp<std::uint64_t>(chunk, 1, policy.max_chunk_tasks);
    const double smooth =
        longest_tasks_per_executor * executors * longest_ns() / (mean_ns_ * static_cast<double>(chunk));
    const auto chunks = std::max(
        {static_cast<double>(least_chunks), static_cast<double>(chunks_per_executor * executors), smooth});
    return std::min(sample_.tasks,
                    chunk * static_cast<std::uint64_t>(std::min(chunks, static_cast<double>(most_chunks))));
  }
  double longest_ns() const { return static_cast<double>(stage_.times.longest(sample_.tasks)); }
  SimulatedRun run(std::uint32_t executors, std::uint64_t tasks) const {
    SimulatedStage stage = stage_;
    stage.tasks = tasks;
    const bool fits = executors < cores_;
    return simulate({.workers = executors,
                     .costs = costs_,
                     .spare_core_for_worker = fits,
                     .spare_core_for_central = executors != cores_},
                    stage);
  }

  const Sample& sample_;
  Costs costs_;
  std::uint32_t cores_;
  SimulatedStage stage_;
  double mean_ns_;
};

/// Powers of two, and what this machine has room for.
std::uint32_t next_number(std::uint32_t executors, std::uint32_t here) {
  const std::uint32_t doubled = 2 * std::bit_floor(executors);
  return executors < here && here < doubled ? here : doubled;
}

}  // namespace

Outlook forecast(const Sample& sample, const Costs& costs, std::uint32_t cores) {
  const Forecaster forecaster(sample, costs, cores);
  Outlook outlook;
  for (std::uint32_t executors = 1; executors <= most_executors; executors = next_number(executors, cores)) {
    const auto row = forecaster.row(executors);
    outlook.forecasts.push_back(row.forecast);
    if (row.forecast.efficiency >= good_efficiency) {
      outlook.knee = executors;
      outlook.limit.reset();
    } else if (!outlook.limit) {
      outlook.limit = forecaster.limit(row);
    }
    if (row.forecast.efficiency < least_efficiency) break;
  }
  return outlook;
}

}  // namespace mproc::schedule
