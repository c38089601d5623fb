#include "input_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "mproc/base/error.hpp"

namespace mproc::job {

InputFile::InputFile(const std::filesystem::path& path, std::size_t block)
    : path_(path), fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)), block_(block) {
  MPROC_CHECK(fd_, "{}: cannot be opened: {}", path.string(), std::strerror(errno));
  struct stat info {};
  MPROC_CHECK(::fstat(fd_.get(), &info) == 0 && S_ISREG(info.st_mode), "{}: is not a regular file",
              path.string());
  size_ = static_cast<std::uint64_t>(info.st_size);
}

std::size_t InputFile::read_at(std::uint64_t offset, char* to, std::size_t size) const {
  for (;;) {
    const ssize_t n = ::pread(fd_.get(), to, size, static_cast<off_t>(offset));
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno != EINTR) throw base::SystemError("cannot read " + path_.string(), errno);
  }
}

bool InputFile::extend() {
  std::memmove(block_.data(), block_.data() + at_, filled_ - at_);
  block_start_ += at_;
  filled_ -= at_;
  at_ = 0;
  if (filled_ == block_.size()) block_.resize(2 * block_.size());
  const std::size_t got = read_at(block_start_ + filled_, block_.data() + filled_, block_.size() - filled_);
  filled_ += got;
  return got > 0;
}

void InputFile::seek(std::uint64_t offset) {
  if (offset >= block_start_ && offset - block_start_ <= filled_) {
    at_ = static_cast<std::size_t>(offset - block_start_);
    return;
  }
  block_start_ = offset;
  at_ = filled_ = 0;
}

bool InputFile::get_line(std::string& line) {
  if (ahead().empty() && !extend()) return false;
  do {
    const std::size_t newline = ahead().find('\n');
    line.append(ahead().substr(0, newline));
    if (newline != std::string_view::npos) {
      take(newline + 1);
      return true;
    }
    take(ahead().size());
  } while (extend());
  return true;
}

void InputFile::skip_byte_order_mark() {
  constexpr std::string_view mark = "\xef\xbb\xbf";
  std::array<std::byte, mark.size()> start;
  if (read_most(0, start) == mark.size() && base::text(start) == mark) seek(mark.size());
}

/// How many bytes there were, up to the file's end.
std::size_t InputFile::read_most(std::uint64_t offset, std::span<std::byte> to) const {
  std::size_t got = 0;
  while (got < to.size()) {
    const std::size_t n = read_at(offset + got, reinterpret_cast<char*>(to.data()) + got, to.size() - got);
    if (n == 0) break;
    got += n;
  }
  return got;
}

void InputFile::check_whole(bool whole) const {
  MPROC_CHECK(whole, "{}: was cut short while it was read", path_.string());
}

void InputFile::read(std::uint64_t offset, std::span<std::byte> to) const {
  check_whole(read_most(offset, to) == to.size());
}

base::ByteView InputFile::at(std::uint64_t offset, std::uint64_t size) {
  const bool inside = offset >= window_start_ && offset - window_start_ <= window_.size() &&
                      size <= window_.size() - (offset - window_start_);
  if (!inside) {
    const std::uint64_t behind = size_ - std::min(offset, size_);
    window_.resize(static_cast<std::size_t>(std::max(size, std::min<std::uint64_t>(usual_block, behind))));
    const std::size_t got = read_most(offset, window_);
    window_.resize(got);
    window_start_ = offset;
    check_whole(got >= size);
  }
  return base::ByteView(window_).subspan(static_cast<std::size_t>(offset - window_start_),
                                         static_cast<std::size_t>(size));
}

}  // namespace mproc::job
