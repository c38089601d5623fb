#pragma once

#include <filesystem>
#include <optional>

#include "mproc/launch/scratch.hpp"

namespace mproc::launch {

/// The launcher's private directories: one for sockets and mpirun's files, one in shared memory for its
/// segments. Removed with the object, with all that is in them.
class Workspace {
 public:
  Workspace();
  ~Workspace();
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  const std::filesystem::path& files() const { return files_->path(); }
  const std::filesystem::path& segments() const { return segments_ ? segments_->path() : files(); }

 private:
  std::optional<Scratch> files_, segments_;
};

}  // namespace mproc::launch
