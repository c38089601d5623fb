#pragma once

#include <memory>
#include <optional>

#include "encode.hpp"
#include "kernel.hpp"
#include "module.hpp"
#include "mproc/exec/runtime.hpp"
#include "random.hpp"
#include "streams.hpp"

namespace mproc::pyembed {

/// One map, ready to run its tasks. Needs the GIL.
class PreparedMap {
 public:
  /// `debug`: the user looks into what a task raises, before it becomes a failure.
  PreparedMap(Kernel kernel, const job::MapSpec& spec, bool debug);
  /// Runs what `loop` gives.
  void run(const exec::Chunk& chunk, exec::TaskLoop& loop, RunningTask& task, StandardStreams& streams);

 private:
  base::Failure raised(py::error_already_set& error) const;
  std::optional<base::Failure> run_task(Decoder& items, exec::TaskLoop& loop, const RunningTask& task);

  Kernel kernel_;
  Encoder encoder_;
  std::uint64_t seed_;
  std::optional<Seeder> seeder_;
  bool driver_;  // items may be pickles, exceptions travel
  bool debug_;
};

}  // namespace mproc::pyembed
