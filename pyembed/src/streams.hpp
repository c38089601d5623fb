#pragma once

#include "mproc/base/fd.hpp"
#include "python.hpp"

namespace mproc::pyembed {

/// Keeps sys.stdout and sys.stderr working for the next task when one has closed or replaced them. Needs the
/// GIL.
class StandardStreams {
 public:
  /// Takes what init code left as the state to go back to.
  StandardStreams();
  /// Cheap: before each task.
  void check() {
    if (is_intact(out_) && is_intact(error_)) return;
    repair();
  }
  /// The thorough way, which finds closed descriptors too: before each chunk and after a failed task.
  void repair();

 private:
  struct Stream {
    const char* name;  // "stdout"
    int fd;
    py::str key;
    py::object object;
    py::object raw;  // what `object` writes to: the FileIO that close() closes
    base::Fd spare;  // to give the descriptor back when a task has closed it
  };
  static Stream stream(const char* name, int fd);
  static void repair(Stream& stream);
  bool is_intact(const Stream& stream) const;

  py::dict sys_;
  py::str closed_;
  Stream out_, error_;
};

}  // namespace mproc::pyembed
