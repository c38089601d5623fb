#include "mproc/exec/slot.hpp"

#include <new>

#include "mproc/exec/capture.hpp"
#include "mproc/exec/socket_message.hpp"

namespace mproc::exec {

SlotMemory SlotMemory::create() {
  SocketPair ends = make_socket_pair();
  SlotMemory memory{base::SharedMemory::create("mproc-slot", sizeof(SlotControl)),
                    base::SharedMemory::create("mproc-in", Ring::initial_capacity),
                    base::SharedMemory::create("mproc-out", Ring::initial_capacity),
                    base::SharedMemory::unmapped(make_capture("mproc-capture")),
                    base::SharedMemory::unmapped(std::move(ends.there)),
                    std::move(ends.here)};
  new (memory.control.data()) SlotControl;
  return memory;
}

}  // namespace mproc::exec
