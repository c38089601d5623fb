#pragma once

#include <filesystem>

#include "mproc/base/fd.hpp"

namespace mproc::launch {

/// The launcher's private directories: one for sockets and mpirun's files, one in shared memory for its
/// segments. Removed with the object, with all that is in them.
class Workspace {
 public:
  Workspace();
  ~Workspace();
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  const std::filesystem::path& files() const { return files_; }
  const std::filesystem::path& segments() const { return segments_; }

 private:
  std::filesystem::path files_, segments_;
};

}  // namespace mproc::launch
