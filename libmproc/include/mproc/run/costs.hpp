#pragma once

#include <filesystem>

#include "mproc/schedule/simulator.hpp"

namespace mproc::run {

/// What the engine takes on this machine, measured in well under a second: central, a worker and the journal
/// do their work in this process for executors that answer at once. Not measured here, as they take ranks and
/// an interpreter: MPI's share of a message, and an executor's time per chunk. `scratch`: an existing folder,
/// for the journal; left as it is. Throws SystemError for one that cannot be written.
schedule::Costs measure_costs(const std::filesystem::path& scratch);

}  // namespace mproc::run
