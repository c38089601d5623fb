#include "column_file.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "mproc/base/error.hpp"

namespace mproc::run {
namespace {

constexpr std::size_t rows_at_once = 512;  // of which a column is a page

}  // namespace

ColumnFile::ColumnFile(std::uint64_t rows, std::size_t columns)
    : file_(std::filesystem::temp_directory_path() / "features"),
      rows_(rows),
      columns_(columns),
      block_(columns * rows_at_once) {
  if (!file_) throw base::SystemError("cannot create " + file_.name(), errno);
}

void ColumnFile::append(std::span<const double> row) {
  for (std::size_t column = 0; column < columns_; ++column)
    block_[column * rows_at_once + in_block_] = row[column];
  if (++in_block_ == rows_at_once) write_block();
}

void ColumnFile::write_block() {
  for (std::size_t column = 0; column < columns_ && in_block_ > 0; ++column) {
    const auto bytes = std::as_bytes(std::span(&block_[column * rows_at_once], in_block_));
    const auto offset = static_cast<off_t>((column * rows_ + written_) * sizeof(double));
    const ssize_t n = ::pwrite(file_.fd(), bytes.data(), bytes.size(), offset);
    if (n != static_cast<ssize_t>(bytes.size()))
      throw base::SystemError("cannot write " + file_.name(), n < 0 ? errno : ENOSPC);
  }
  written_ += in_block_;
  in_block_ = 0;
}

std::vector<double> ColumnFile::column(std::size_t column) const {
  std::vector<double> values(rows_);
  const auto bytes = std::as_writable_bytes(std::span(values));
  const auto offset = static_cast<off_t>(column * rows_ * sizeof(double));
  const ssize_t n = ::pread(file_.fd(), bytes.data(), bytes.size(), offset);
  if (n != static_cast<ssize_t>(bytes.size()))
    throw base::SystemError("cannot read " + file_.name(), n < 0 ? errno : EIO);
  return values;
}

}  // namespace mproc::run
