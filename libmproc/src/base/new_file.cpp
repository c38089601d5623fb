#include "mproc/base/new_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>

#include "mproc/base/error.hpp"

namespace mproc::base {

NewFile::NewFile(std::filesystem::path path)
    : path_(std::move(path)), beside_(fmt::format("{}.part.{}", path_.string(), ::getpid())) {
  const auto directory = path_.has_parent_path() ? path_.parent_path() : ".";
  fd_.reset(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666));
  if (fd_) return;
  fd_.reset(::open(beside_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  named_ = static_cast<bool>(fd_);
}

NewFile::~NewFile() {
  if (named_) ::unlink(beside_.c_str());
}

void NewFile::replace() {
  if (!named_) {
    ::unlink(beside_.c_str());  // of a process that was killed between these lines and had our number
    const std::string self = fmt::format("/proc/self/fd/{}", fd_.get());
    if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, beside_.c_str(), AT_SYMLINK_FOLLOW) != 0)
      throw SystemError("cannot create " + beside_, errno);
    named_ = true;
  }
  if (::rename(beside_.c_str(), path_.c_str()) != 0) throw SystemError("cannot rename " + beside_, errno);
  named_ = false;
}

}  // namespace mproc::base
