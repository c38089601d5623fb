#pragma once

#include "mproc/base/doorbell.hpp"
#include "mproc/base/shared_memory.hpp"
#include "mproc/base/watcher.hpp"

namespace mproc::run {

/// What wakes a rank: its doorbell, in memory that other processes of the node ring too, and a watcher that
/// rings it for descriptors.
struct RankBell {
  base::SharedMemory memory = base::SharedMemory::create("mproc-bell", 4096);
  base::Doorbell& bell = *memory.as<base::Doorbell>();
  base::Watcher watcher{[this] { bell.ring(); }};
};

/// Large data that are under way take descriptors. Executors, whose code may rely on few, are begun before.
void raise_descriptor_limit();

}  // namespace mproc::run
