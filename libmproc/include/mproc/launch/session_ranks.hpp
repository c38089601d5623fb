#pragma once

#include "mproc/job/demand.hpp"
#include "mproc/launch/launcher.hpp"

namespace mproc::launch {

/// Executors of such a demand that this machine has room for, or as many as asked for. Throws UserError where
/// not even one fits, or there are too few GPUs for all.
std::uint32_t executors_here(const job::Demand& demand, std::uint32_t asked_for);

/// How a session's ranks lie: on this host alone, or one on each node of the allocation, when so many
/// executors are asked for, or none in particular (0). Sets the request's executors.
LaunchOptions session_ranks(const job::Demand& demand, std::uint32_t executors, run::Request& request);

}  // namespace mproc::launch
