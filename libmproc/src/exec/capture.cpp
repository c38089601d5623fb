#include "mproc/exec/capture.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "mproc/base/error.hpp"

namespace mproc::exec {
namespace {

std::size_t size_of(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 ? static_cast<std::size_t>(info.st_size) : 0;
}

void append_part(std::string& to, int fd, std::size_t offset, std::size_t size) {
  const std::size_t begin = to.size();
  to.resize(begin + size);
  const ssize_t n = ::pread(fd, to.data() + begin, size, static_cast<off_t>(offset));
  to.resize(begin + (n > 0 ? static_cast<std::size_t>(n) : 0));
}

}  // namespace

base::Fd make_capture(const char* label) {
  base::Fd capture(::memfd_create(label, MFD_CLOEXEC));
  if (!capture) throw base::SystemError("cannot make a buffer for output", errno);
  ::fcntl(capture.get(), F_SETFL, O_APPEND);
  return capture;
}

std::string drain_capture(int fd, std::size_t limit) {
  const std::size_t size = size_of(fd);
  if (size == 0) return {};
  std::string text;
  if (size <= limit) {
    append_part(text, fd, 0, size);
  } else {
    const std::size_t end = limit / 2;
    append_part(text, fd, 0, limit - end);
    text += fmt::format("\n[mproc: {} bytes of output cut]\n", size - limit);
    append_part(text, fd, size - end, end);
  }
  if (::ftruncate(fd, 0) != 0) return {};
  return text;
}

bool trim_capture(int fd, std::size_t limit) {
  const std::size_t size = size_of(fd), end = limit / 2;
  if (size <= 2 * limit) return false;
  const auto first = static_cast<off_t>(limit - end);
  ::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, first, static_cast<off_t>(size - end) - first);
  return true;
}

}  // namespace mproc::exec
