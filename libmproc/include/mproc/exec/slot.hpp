#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "mproc/base/doorbell.hpp"
#include "mproc/base/ids.hpp"
#include "mproc/exec/capture.hpp"
#include "mproc/exec/ring.hpp"
#include "mproc/exec/task_loop.hpp"

namespace mproc::exec {

inline constexpr std::size_t claims_per_slot = 64;  ///< chunks that may wait in one executor's ring

/// The control page that a worker shares with one executor.
struct SlotControl {
  base::Doorbell bell;                  ///< the executor sleeps on it
  std::atomic<bool> abandoned = false;  ///< the worker has let go of it: the executor is to end
  RingHeader to_executor;
  RingHeader from_executor;
  TaskStamp stamp;
  std::atomic<bool> stack_written = false;  ///< the executor has answered stack_signal()
  CaptureLock capture_lock;
  std::array<Claim, claims_per_slot> claims;
};

/// The shared memories of one executor, in the order in which their descriptors travel.
struct SlotMemory {
  base::SharedMemory control;      ///< SlotControl
  base::SharedMemory to_executor;  ///< ring
  base::SharedMemory from_executor;
  base::SharedMemory capture;  ///< its stdout and stderr
  base::SharedMemory socket;   ///< its end of a socket for descriptors of base::SharedBytes
  base::Fd worker_socket;      ///< the worker's end
  static SlotMemory create();
};

enum class FrameType : std::uint32_t {
  // to the executor
  init = 1,     ///< payload: InitBlock
  prepare = 2,  ///< payload: MapSpec
  chunk = 3,    ///< payload: items
  share = 5,    ///< payload: ArrayPlace
  unshare = 6,  ///< payload: an array's name
  forget = 7,   ///< payload: MapSpec::map
  generate =
      4,  ///< payload: generator's name (first time) or nothing; tasks.count: most items, count: most bytes
  // from the executor
  ready = 16,  ///< once at the start; again with a Failure as payload when late init code failed
  block = 17,  ///< payload: OutcomeBlock
  chunk_end = 18,
  /// payload: ends (count × u64), then the items; attempt 1: more may come. With count 0 and a payload:
  /// Failure.
  items = 19,
};

/// Begins every frame of a slot's rings. Its payload follows; a large one is in shared memory instead, whose
/// descriptor has been sent through the slot's socket before.
struct FrameHeader {
  FrameType type{};
  std::uint32_t claim = 0;  ///< index into SlotControl::claims
  std::uint64_t chunk = 0;
  base::StageKey stage{};
  base::TaskRange tasks{};
  std::uint32_t attempt = 0;
  std::uint64_t count = 0;  ///< of a chunk: how often to deliver outcomes, ns; of items: how many
  std::uint64_t shared_offset = 0, shared_size = 0;  ///< size 0: the payload follows
};
static_assert(std::is_trivially_copyable_v<FrameHeader>);

}  // namespace mproc::exec
