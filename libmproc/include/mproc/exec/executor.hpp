#pragma once

#include "mproc/base/doorbell.hpp"
#include "mproc/exec/host.hpp"
#include "mproc/exec/slot.hpp"

namespace mproc::exec {

/// An executor's loop over its slot's rings: init code, maps, chunks, item generators. Redirects stdout and
/// stderr to the slot's capture memory first. Never returns; the worker ends it by signal.
[[noreturn]] void executor_main(SlotMemory memory, base::Doorbell& worker, RuntimeSet& runtimes,
                                const HostSettings& settings);

}  // namespace mproc::exec
