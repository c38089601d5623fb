#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <string>
#include <vector>

#include "mproc/base/fd.hpp"
#include "mproc/journal/run_directory.hpp"
#include "mproc/journal/segment.hpp"

namespace mproc::journal {

/// The segment files of one epoch, one after the other. Blocks on the disk; throws SystemError that names the
/// file.
class SegmentOutput {
 public:
  SegmentOutput(const RunDirectory& run, base::Epoch epoch, std::uint64_t segment_size);
  /// Writes the records with as few system calls as there can be.
  void write(const std::vector<EncodedRecord>& records);
  void sync();

 private:
  void open_next();
  void flush();
  void add(const void* data, std::size_t size);

  RunDirectory run_;
  std::uint64_t segment_size_;
  SegmentHeader header_;
  std::string name_;
  base::Fd fd_;
  std::uint64_t offset_ = 0;  // of what comes after the pieces
  std::vector<iovec> pieces_;
};

}  // namespace mproc::journal
