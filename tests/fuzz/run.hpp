#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "mproc/base/fd.hpp"
#include "mproc/journal/run_directory.hpp"
#include "mproc/journal/segment.hpp"
#include "scratch.hpp"
#include "segment_files.hpp"

namespace mproc::fuzz {

/// A segment's bytes, written as journal::Writer writes them.
class SegmentText {
 public:
  SegmentText(std::uint32_t epoch, std::uint32_t number) : nonce_(1'000 * epoch + number) {
    const auto header = journal::encode_segment_header({epoch, number, nonce_});
    base::append(bytes_, header);
  }
  void add(const journal::EncodedRecord& record) {
    base::append(bytes_, journal::encode_record_header(record, nonce_, bytes_.size()));
    base::append(bytes_, record.head);
    base::append(bytes_, record.block.view());
    base::append(bytes_, record.items.view());
  }
  const base::Bytes& bytes() const { return bytes_; }

 private:
  std::uint64_t nonce_;
  base::Bytes bytes_;
};

/// A run directory whose segments are filled anew for each input.
class Run {
 public:
  explicit Run(std::vector<std::pair<std::uint32_t, std::uint32_t>> segments)
      : directory_(journal::RunDirectory::create(scratch(), "fuzz", "{}")) {
    for (const auto& [epoch, number] : segments) {
      const auto path = journal::segment_path(directory_, epoch, number);
      files_.emplace_back(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    }
  }
  const journal::RunDirectory& directory() const { return directory_; }
  void fill(std::size_t segment, base::ByteView content) const {
    const int fd = files_[segment].get();
    if (::ftruncate(fd, 0) != 0 || ::lseek(fd, 0, SEEK_SET) != 0) std::abort();
    base::write_all(fd, content, "segment");
  }

 private:
  journal::RunDirectory directory_;
  std::vector<base::Fd> files_;
};

}  // namespace mproc::fuzz
