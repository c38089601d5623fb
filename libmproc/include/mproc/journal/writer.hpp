#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "mproc/journal/record.hpp"
#include "mproc/journal/run_directory.hpp"

namespace mproc::journal {

/// Appends records to a new segment of the run, from a thread of its own, in group commits: one write for all
/// that waits, fdatasync once a second and at close. Segments roll over at `segment_size`.
/// Thread-safe hand-over: append() never blocks on the disk, but see backlog().
class Writer {
 public:
  /// `epoch` is one more than the last in the directory (see Index::epoch). `wake` is called from the
  /// writer's thread after each commit.
  Writer(const RunDirectory& run, base::Epoch epoch, std::function<void()> wake,
         std::uint64_t segment_size = std::uint64_t{256} << 20);
  ~Writer();  ///< as close(), without throwing

  void append(ResultsRecord record);
  void append(AttemptsRecord record);
  void append(const EventRecord& record);
  void append(const ItemsRecord& record);
  void append(const EndRecord& record);

  /// Bytes handed over and not yet written: central stops taking results above a bound.
  std::size_t backlog() const;
  /// A disk error (full, gone): what() of it. The writer takes nothing more after one.
  std::string error() const;
  /// Writes and syncs everything. Throws SystemError when that fails.
  void close();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mproc::journal
