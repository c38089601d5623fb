#pragma once

#include <cstdint>
#include <string>

namespace mproc::journal {

/// A process as others can check it later: a pid alone is soon another process's.
struct ProcessIdentity {
  std::string host;
  std::string boot;  ///< of the kernel, with the pid namespace: where `pid` and `started` mean something
  std::int64_t pid = 0;
  std::uint64_t started = 0;  ///< clock ticks after boot
};

ProcessIdentity this_process();

/// When the process started (field 22 of its stat), 0 when there is none.
std::uint64_t start_time(std::int64_t pid);

}  // namespace mproc::journal
