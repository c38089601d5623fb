#include "mproc/journal/output_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "mproc/base/error.hpp"

namespace mproc::journal {
namespace {
namespace fs = std::filesystem;

/// Where the bytes belong: a symbolic link stays, and what it points to is replaced.
fs::path target_of(const fs::path& path) {
  std::error_code failure;
  if (!fs::is_symlink(path, failure)) return path;
  const fs::path target = fs::weakly_canonical(path, failure);
  return failure ? path : target;
}

[[noreturn]] void refuse(const fs::path& path, const std::string& name, int code) {
  const fs::path directory = path.parent_path();
  std::error_code ignored;
  MPROC_CHECK(code != ENOENT || directory.empty() || fs::exists(directory, ignored),
              "cannot write {}: the directory {} does not exist; create it", path.string(),
              directory.string());
  if (code == EACCES || code == EROFS || code == EPERM)
    throw base::UserError(fmt::format("cannot write {}: {}; choose another path", path.string(),
                                      std::generic_category().message(code)));
  throw base::SystemError("cannot create " + name, code);
}

}  // namespace

OutputFile::OutputFile(const fs::path& path) : path_(target_of(path)), name_(path.string()) {
  if (path == "-") {
    name_ = "standard output";
    fd_ = STDOUT_FILENO;
    return;
  }
  std::error_code ignored;
  MPROC_CHECK(!fs::is_directory(path_, ignored), "cannot write {}: it is a directory", path.string());
  if (!fs::exists(path_, ignored) || fs::is_regular_file(path_, ignored)) {
    beside_.emplace(path_);
    name_ = beside_->name();
    if (!*beside_) refuse(path, name_, errno);
    fd_ = beside_->fd();
    return;
  }
  owned_.reset(::open(name_.c_str(), O_RDWR | O_CLOEXEC));
  // A pipe's writing end cannot always be read.
  if (!owned_) owned_.reset(::open(name_.c_str(), O_WRONLY | O_CLOEXEC));
  if (!owned_) refuse(path, name_, errno);
  fd_ = owned_.get();
}

void OutputFile::flush() {
  base::write_all(fd_, base::view(buffer_), name_);
  buffer_.clear();
}

void OutputFile::write_at(std::uint64_t offset, base::ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno != EINTR) throw base::SystemError("cannot write " + name_, errno);
    if (n <= 0) continue;
    offset += static_cast<std::uint64_t>(n);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}

void OutputFile::commit() {
  flush();
  if (!beside_) return;
  if (::fdatasync(fd_) != 0) throw base::SystemError("cannot sync " + name_, errno);
  beside_->replace();
}

}  // namespace mproc::journal
