#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "mproc/schedule/simulator.hpp"

namespace mproc::schedule {

/// What a few of a job's tasks say of the whole.
struct Sample {
  std::uint64_t tasks = 0;              ///< of the whole job
  std::vector<std::int64_t> durations;  ///< of those that ran, ns; at least one
  std::uint64_t item_bytes = 0;         ///< of one task
  std::uint64_t result_bytes = 0;
  double start_seconds = 0;  ///< from the command to the first task: launch and init code
  std::uint32_t cpus = 1;    ///< cores of one executor
  StageOptions options;
};

struct Forecast {
  std::uint32_t executors = 1;
  double seconds = 0;     ///< of the whole command
  double efficiency = 0;  ///< time in tasks, by executors and seconds
  double core_hours = 0;
};

/// What keeps more executors from being used well.
enum class Limit : std::uint8_t { tasks, longest_task, central, journal, start };

struct Outlook {
  std::vector<Forecast> forecasts;  ///< for 1, 2, 4 ... executors and as many as there are cores, until
                                    ///< efficiency is below one half
  /// The largest number of executors with an efficiency of at least good_efficiency; none where even one
  /// executor has less.
  std::optional<std::uint32_t> knee;
  std::optional<Limit> limit;  ///< beyond the knee; none where the forecasts do not reach that far
};

inline constexpr double good_efficiency = 0.8;

/// Simulates the job. `cores`: of this machine; more executors are on more machines of its kind.
Outlook forecast(const Sample& sample, const Costs& costs, std::uint32_t cores);

}  // namespace mproc::schedule
