#pragma once

#include <memory>
#include <vector>

#include "mproc/comm/channel.hpp"

namespace mproc::comm {

/// Channels of `size` ranks that live in one process: for --inline and tests. Each may be used by its own
/// thread. `bells`: one a rank, rung when a message arrives for it; may be empty.
std::vector<std::unique_ptr<Channel>> make_in_process(int size, std::vector<base::Doorbell*> bells = {});

}  // namespace mproc::comm
