#include "durable.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "mproc/base/error.hpp"
#include "mproc/base/fd.hpp"

namespace mproc::journal {

void make_durable(const std::filesystem::path& path) {
  const base::Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) throw base::SystemError("cannot open " + path.string(), errno);
  // Not every file system can sync a directory.
  if (::fsync(fd.get()) != 0 && errno != EINVAL)
    throw base::SystemError("cannot sync " + path.string(), errno);
}

}  // namespace mproc::journal
