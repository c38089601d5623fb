#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "mproc/base/fd.hpp"
#include "mproc/exec/runtime_set.hpp"

namespace mproc::exec {

/// What every executor of a session starts with.
struct HostSettings {
  std::vector<std::pair<std::string, std::string>> env;
  std::int32_t rank = 0;
  std::string host;
  bool forkable = true;       ///< false: each executor loads its code by itself, once it has its own devices
  std::uint64_t memory = 0;   ///< bytes that an executor and what it started may use; 0: no limit
  std::uint64_t recycle = 0;  ///< tasks that an executor runs at most; 0: no limit
  std::uint32_t number = 1;   ///< this executor's, among those of its node
  MSGPACK_DEFINE(env, rank, host, forkable, memory, recycle)
};

/// Messages to and from a host over its control socket.
enum class HostMessage : std::uint32_t {
  settings = 1,  ///< to host: HostSettings
  init = 2,      ///< to host: InitBlock
  prepare = 3,   ///< to host: MapSpec; value 1: it came late, a failure is that of its tasks alone
  report = 4,    ///< to host: answer with `state`
  become = 5,    ///< to host: be the executor of the slot whose memory comes along; payload: its Place
  fork = 6,      ///< to host: fork an executor for that slot; answer with `forked`
  share = 7,     ///< to host: ArrayPlace
  unshare = 8,   ///< to host: an array's name
  forget = 9,    ///< to host: value: MapSpec::map
  failed = 16,   ///< from host: payload Failure
  state = 17,    ///< from host: value 1 = warm (can be forked), 0 = has threads or devices
  forked = 18,   ///< from host: value = pid or -errno
};

/// Runs the child process that a zygote has just forked: takes messages from `control`, loads init code, and
/// becomes an executor or is the warm template that executors are forked from. `bell_fd`: memory of the
/// worker's doorbell. Never returns.
[[noreturn]] void host_main(base::Fd control, base::Fd bell_fd, const PythonFactory& python);

}  // namespace mproc::exec
