#include "segment_output.hpp"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <random>

#include "durable.hpp"
#include "mproc/base/error.hpp"
#include "segment_files.hpp"

namespace mproc::journal {
namespace {

std::uint64_t draw_nonce() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

void drop_written(iovec*& piece, const iovec* end, std::size_t written) {
  while (piece != end && written >= piece->iov_len) written -= piece++->iov_len;
  if (written == 0) return;
  piece->iov_base = static_cast<std::byte*>(piece->iov_base) + written;
  piece->iov_len -= written;
}

}  // namespace

SegmentOutput::SegmentOutput(const RunDirectory& run, base::Epoch epoch, std::uint64_t segment_size)
    : run_(run), segment_size_(segment_size) {
  header_.epoch = epoch.value;
  const std::string directory = segments_directory(run).string();
  if (::mkdir(directory.c_str(), 0777) != 0 && errno != EEXIST)
    throw base::SystemError("cannot create " + directory, errno);
  open_next();
}

void SegmentOutput::open_next() {
  ++header_.number;
  header_.nonce = draw_nonce();
  const auto path = segment_path(run_, header_.epoch, header_.number);
  name_ = path.string();
  fd_.reset(::open(name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!fd_) throw base::SystemError("cannot create " + name_, errno);
  base::write_all(fd_.get(), encode_segment_header(header_), name_);
  offset_ = segment_header_size;
  make_durable(path.parent_path());  // the new file's name
}

void SegmentOutput::add(const void* data, std::size_t size) {
  if (size == 0) return;
  pieces_.push_back({const_cast<void*>(data), size});
  offset_ += size;
}

void SegmentOutput::flush() {
  iovec* piece = pieces_.data();
  const iovec* const end = piece + pieces_.size();
  while (piece != end) {
    const ssize_t n =
        ::writev(fd_.get(), piece, static_cast<int>(std::min<std::ptrdiff_t>(end - piece, IOV_MAX)));
    if (n < 0 && errno != EINTR) throw base::SystemError("cannot write " + name_, errno);
    if (n > 0) drop_written(piece, end, static_cast<std::size_t>(n));
  }
  pieces_.clear();
}

void SegmentOutput::write(const std::vector<EncodedRecord>& records) {
  std::deque<std::array<std::byte, record_header_size>> headers;  // stay in place while pieces_ point to them
  for (const EncodedRecord& record : records) {
    if (offset_ >= segment_size_) {
      flush();
      sync();
      open_next();
    }
    headers.push_back(encode_record_header(record, header_.nonce, offset_));
    add(headers.back().data(), headers.back().size());
    for (const base::ByteView part : {base::ByteView(record.head), record.block.view(), record.items.view()})
      add(part.data(), part.size());
  }
  flush();
}

void SegmentOutput::sync() {
  if (::fdatasync(fd_.get()) != 0) throw base::SystemError("cannot sync " + name_, errno);
}

}  // namespace mproc::journal
