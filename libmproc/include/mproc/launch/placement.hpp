#pragma once

#include "mproc/job/job.hpp"
#include "mproc/launch/launcher.hpp"

namespace mproc::launch {

/// Executors of such a demand that this machine has room for, or as many as asked for. Throws UserError where
/// not even one fits, or there are too few GPUs for all.
std::uint32_t executors_here(const job::Demand& demand, std::uint32_t asked_for);

/// How a run's or session's ranks lie: on the hosts that are named; without any on this one alone, or on all
/// nodes of the allocation, when so many executors are asked for, or none in particular (0). Sets the
/// request's executors.
LaunchOptions place_ranks(const job::Job& job, std::uint32_t executors, std::vector<Host> hosts,
                          run::Request& request);

/// A driver's session: a loss ends it, as what its maps had done is with the driver, who decides.
run::RunResult launch_session(run::Request request, std::uint32_t executors);

}  // namespace mproc::launch
