#include "mproc/base/fd.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>

#include "mproc/base/error.hpp"
#include "mproc/base/new_file.hpp"

namespace mproc::base {

std::string read_file(const std::filesystem::path& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) throw SystemError("cannot open " + path.string(), errno);
  std::string content;
  struct stat info {};
  if (::fstat(fd.get(), &info) == 0 && S_ISREG(info.st_mode))
    content.reserve(static_cast<std::size_t>(info.st_size));
  char buffer[1 << 16];
  for (;;) {
    const ssize_t n = ::read(fd.get(), buffer, sizeof buffer);
    if (n > 0) content.append(buffer, static_cast<std::size_t>(n));
    if (n == 0) return content;
    if (n < 0 && errno != EINTR) throw SystemError("cannot read " + path.string(), errno);
  }
}

void write_all(int fd, ByteView data, const std::string& what) {
  while (!data.empty()) {
    const ssize_t n = ::write(fd, data.data(), data.size());
    if (n < 0 && errno != EINTR) throw SystemError("cannot write " + what, errno);
    if (n > 0) data = data.subspan(static_cast<std::size_t>(n));
  }
}

std::string host_name() {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  return host.data();
}

std::filesystem::path own_program() {
  std::error_code error;
  auto path = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) throw SystemError("cannot find the running program in /proc", error.value());
  return path;
}

void write_file_atomically(const std::filesystem::path& path, std::string_view content) {
  NewFile file(path);
  if (!file) throw SystemError("cannot create " + file.name(), errno);
  write_all(file.fd(), view(content), file.name());
  file.replace();
}

}  // namespace mproc::base
