#include "workspace.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>

#include "mproc/base/error.hpp"

namespace mproc::launch {
namespace {

namespace fs = std::filesystem;

// "mproc-PID-XXXXXX": the launcher's pid tells a later one which of these nobody needs any more.
std::string prefix() {
  return "mproc-" + std::to_string(::getuid()) + "-";
}

/// What launchers that were killed with -9 have left.
void remove_leftovers(const fs::path& parent) {
  std::error_code ignored;
  for (const auto& entry :
       fs::directory_iterator(parent, fs::directory_options::skip_permission_denied, ignored)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with(prefix())) continue;
    const auto pid = static_cast<pid_t>(std::strtol(name.c_str() + prefix().size(), nullptr, 10));
    struct stat info {};
    if (pid <= 0 || ::lstat(entry.path().c_str(), &info) != 0 || info.st_uid != ::getuid()) continue;
    if (::kill(pid, 0) != 0 && errno == ESRCH) fs::remove_all(entry.path(), ignored);
  }
}

fs::path make_directory(const fs::path& parent) {
  remove_leftovers(parent);
  std::string name = (parent / (prefix() + std::to_string(::getpid()) + "-XXXXXX")).string();
  if (::mkdtemp(name.data()) == nullptr)
    throw base::SystemError("cannot make a directory in " + parent.string(), errno);
  return name;
}

}  // namespace

Workspace::Workspace() {
  const char* tmp = std::getenv("TMPDIR");
  files_ = make_directory(tmp != nullptr && *tmp != 0 ? tmp : "/tmp");
  // Memory-backed where the machine has it: Open MPI's segments are sparse and small.
  try {
    segments_ = make_directory("/dev/shm");
  } catch (const base::SystemError&) {
    segments_ = files_;
  }
}

Workspace::~Workspace() {
  std::error_code ignored;
  fs::remove_all(files_, ignored);
  fs::remove_all(segments_, ignored);
}

base::Fd listen_at(const fs::path& path) {
  base::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.string().size() >= sizeof address.sun_path)
    throw base::UserError("TMPDIR is too long for a socket in it (" + path.string() + "); set TMPDIR=/tmp");
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  if (!socket || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket.get(), 1) != 0)
    throw base::SystemError("cannot listen at " + path.string(), errno);
  return socket;
}

}  // namespace mproc::launch
