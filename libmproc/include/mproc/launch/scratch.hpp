#pragma once

#include <filesystem>

namespace mproc::launch {

/// A private directory, removed with the object, with all that is in it. What is left of those of a process
/// that crashed or was killed with -9 is known by its name: see remove_leftovers().
class Scratch {
 public:
  /// In TMPDIR, else in /tmp.
  Scratch();
  explicit Scratch(const std::filesystem::path& parent);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Removes what processes of this user that crashed or were killed with -9 have left on this machine;
/// launch() does so itself.
void remove_leftovers();

}  // namespace mproc::launch
