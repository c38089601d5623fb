#include "mproc/exec/slot.hpp"

#include <new>

#include "mproc/exec/capture.hpp"

namespace mproc::exec {

SlotMemory SlotMemory::create() {
  SlotMemory memory{base::SharedMemory::create("mproc-slot", sizeof(SlotControl)),
                    base::SharedMemory::create("mproc-in", Ring::initial_capacity),
                    base::SharedMemory::create("mproc-out", Ring::initial_capacity),
                    base::SharedMemory::unmapped(make_capture("mproc-capture"))};
  new (memory.control.data()) SlotControl;
  return memory;
}

}  // namespace mproc::exec
