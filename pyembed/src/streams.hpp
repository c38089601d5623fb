#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <string>

#include "mproc/base/fd.hpp"
#include "python.hpp"

namespace mproc::pyembed {

/// Keeps sys.stdout and sys.stderr working for the next task when one has closed or replaced them, or the
/// descriptors below. Needs the GIL.
class StandardStreams {
 public:
  /// Takes what init code left as the state to go back to.
  StandardStreams();
  /// Cheap: before each task.
  void check() {
    if (is_intact(out_) && is_intact(error_)) return;
    repair();
  }
  /// Before each chunk: repair(), unless that was a moment ago.
  void look();
  /// The thorough way, which finds descriptors that were closed or redirected.
  void repair();

 private:
  struct Descriptor {
    explicit Descriptor(int fd);
    void repair() const;
    int fd;
    base::Fd spare;  // to give the descriptor back when a task has closed it
    struct stat file {};
  };
  struct Stream {
    std::string name;  // "stdout"
    py::str key;
    std::shared_ptr<const Descriptor> descriptor;
    py::object object;
    py::object raw;                   // what `object` writes to: the FileIO that close() closes
    std::shared_ptr<bool> is_closed;  // of a stream of ours, which tells
  };
  Stream stream(const char* name, int fd) const;
  void open(Stream& stream, const py::object& like) const;
  void repair(Stream& stream) const;
  bool is_intact(const Stream& stream) const;

  py::dict sys_;
  py::str closed_;
  py::dict types_;
  Stream out_, error_;
  std::int64_t repaired_ns_ = 0;
};

}  // namespace mproc::pyembed
