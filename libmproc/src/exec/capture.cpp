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

base::Fd make_capture(const char* label) {
  base::Fd capture(::memfd_create(label, MFD_CLOEXEC));
  if (!capture) throw base::SystemError("cannot make a buffer for output", errno);
  ::fcntl(capture.get(), F_SETFL, O_APPEND);
  return capture;
}

std::string drain_capture(int fd, std::size_t limit) {
  struct stat info {};
  if (::fstat(fd, &info) != 0 || info.st_size == 0) return {};
  const auto size = static_cast<std::size_t>(info.st_size);
  std::string text(std::min(size, limit), '\0');
  const ssize_t n = ::pread(fd, text.data(), text.size(), 0);
  text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  if (size > limit) text += fmt::format("\n[mproc: {} more bytes of output cut]\n", size - limit);
  if (::ftruncate(fd, 0) != 0) return {};
  return text;
}

}  // namespace mproc::exec
