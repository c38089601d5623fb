#include "mproc/exec/slot.hpp"

#include <fcntl.h>

#include <new>

namespace mproc::exec {

SlotMemory SlotMemory::create() {
  SlotMemory memory{base::SharedMemory::create("mproc-slot", sizeof(SlotControl)),
                    base::SharedMemory::create("mproc-in", Ring::initial_capacity),
                    base::SharedMemory::create("mproc-out", Ring::initial_capacity),
                    base::SharedMemory::create("mproc-capture", 1)};
  new (memory.control.data()) SlotControl;
  // Emptied for the first time, and appended to by every process that has it as stdout or stderr.
  if (::ftruncate(memory.capture.fd(), 0) == 0) ::fcntl(memory.capture.fd(), F_SETFL, O_APPEND);
  return memory;
}

}  // namespace mproc::exec
