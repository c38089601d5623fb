#include "series_runs.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "mproc/base/error.hpp"

namespace mproc::job {
namespace {

/// About so much is written at once.
constexpr std::size_t write_bytes = std::size_t{1} << 20;

StoredRow stored_row(const std::byte* bytes) {
  StoredRow row;
  std::memcpy(&row, bytes, sizeof row);
  return row;
}

}  // namespace

RunFile::RunFile(const std::filesystem::path& scratch, std::size_t values)
    : file(scratch / "series"), row_bytes(sizeof(StoredRow) + values * sizeof(double)) {
  if (!file) throw base::SystemError("cannot create " + file.name(), errno);
}

void RunFile::read(std::uint64_t row, std::span<std::byte> to) const {
  std::uint64_t offset = row * row_bytes;
  while (!to.empty()) {
    const ssize_t n = ::pread(file.fd(), to.data(), to.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) throw base::SystemError("cannot read " + file.name(), n < 0 ? errno : EIO);
    offset += static_cast<std::uint64_t>(n);
    to = to.subspan(static_cast<std::size_t>(n));
  }
}

RunWriter::RunWriter(RunFile& file, std::size_t memory)
    : file_(file),
      most_rows_(std::clamp<std::size_t>(memory / (file.row_bytes + sizeof(Entry)), 1,
                                         std::numeric_limits<std::uint32_t>::max())) {}

void RunWriter::add(const StoredRow& row, std::span<const double> values) {
  if (entries_.size() == most_rows_) flush();
  if (entries_.empty()) {  // what is not written to takes no memory
    entries_.reserve(most_rows_);
    rows_.reserve(most_rows_ * file_.row_bytes);
  }
  entries_.push_back({row.group, static_cast<std::uint32_t>(entries_.size())});
  base::append_pod(rows_, row);
  base::append(rows_, std::as_bytes(values));
}

void RunWriter::flush() {
  if (entries_.empty()) return;
  std::sort(entries_.begin(), entries_.end());
  base::Bytes piece;
  for (const Entry& entry : entries_) {
    base::append(piece, rows_.data() + entry.row * file_.row_bytes, file_.row_bytes);
    if (piece.size() < write_bytes) continue;
    base::write_all(file_.file.fd(), piece, file_.file.name());
    piece.clear();
  }
  base::write_all(file_.file.fd(), piece, file_.file.name());
  const std::uint64_t first = file_.runs.empty() ? 0 : file_.runs.back().first + file_.runs.back().rows;
  file_.runs.push_back({first, entries_.size()});
  entries_.clear();
  rows_.clear();
}

RunCursor::RunCursor(const RunFile& file, const RunFile::Run& run, std::size_t block_bytes)
    : file_(file),
      run_(run),
      block_rows_(std::clamp<std::size_t>(block_bytes / file.row_bytes, 1, run.rows)) {}

void RunCursor::seek(std::uint32_t group) {
  std::uint64_t least = 0, most = run_.rows;
  base::Bytes bytes(sizeof(StoredRow));
  while (least < most) {
    const std::uint64_t middle = least + (most - least) / 2;
    file_.read(run_.first + middle, bytes);
    if (stored_row(bytes.data()).group < group)
      least = middle + 1;
    else
      most = middle;
  }
  next_ = least;
}

StoredRow RunCursor::row() {
  return stored_row(next_bytes());
}

void RunCursor::values(std::span<double> to) {
  std::memcpy(to.data(), next_bytes() + sizeof(StoredRow), to.size_bytes());
}

const std::byte* RunCursor::next_bytes() {
  const std::uint64_t loaded = block_.size() / file_.row_bytes;
  if (next_ < block_first_ || next_ - block_first_ >= loaded) {
    block_.resize(std::min<std::uint64_t>(block_rows_, run_.rows - next_) * file_.row_bytes);
    block_first_ = next_;
    file_.read(run_.first + next_, block_);
  }
  return block_.data() + (next_ - block_first_) * file_.row_bytes;
}

}  // namespace mproc::job
