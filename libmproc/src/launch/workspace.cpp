#include "workspace.hpp"

#include "mproc/base/error.hpp"

namespace mproc::launch {

Workspace::Workspace() {
  remove_leftovers();
  files_.emplace();
  // Memory-backed where the machine has it: Open MPI's segments are sparse and small.
  try {
    segments_.emplace("/dev/shm");
  } catch (const base::SystemError&) {
  }
}

/// At the end again: a run that was killed just before ours had perhaps not ended yet when ours began.
Workspace::~Workspace() {
  remove_leftovers();
}

}  // namespace mproc::launch
