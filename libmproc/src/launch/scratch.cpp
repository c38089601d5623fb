#define XXH_INLINE_ALL
#include "mproc/launch/scratch.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <xxhash.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "mproc/base/error.hpp"
#include "mproc/base/fd.hpp"

namespace mproc::launch {
namespace {

namespace fs = std::filesystem;

/// Where a pid means what it means here: this host and pid namespace, in a few letters. A TMPDIR on a shared
/// file system, or containers that share /tmp, show directories of others.
std::string pid_scope() {
  std::error_code ignored;
  const std::string scope = base::host_name() + fs::read_symlink("/proc/self/ns/pid", ignored).string();
  return fmt::format("{:08x}", XXH3_64bits(scope.data(), scope.size()) & 0xffffffff);
}

/// Directories are called mproc-UID-PID-SCOPE-XXXXXX: the pid tells a later process of the same scope
/// whether anybody needs them still.
std::string name_start(pid_t pid) {
  return fmt::format("mproc-{}-{}-{}-", ::getuid(), pid, pid_scope());
}

fs::path temporary_files() {
  const char* tmp = std::getenv("TMPDIR");
  return tmp != nullptr && *tmp != 0 ? tmp : "/tmp";
}

constexpr const char* shared_memory = "/dev/shm";

void remove_leftovers_in(const fs::path& parent) {
  std::error_code ignored;
  for (const auto& entry :
       fs::directory_iterator(parent, fs::directory_options::skip_permission_denied, ignored)) {
    const std::string name = entry.path().filename();
    unsigned uid = 0;
    pid_t pid = 0;
    if (std::sscanf(name.c_str(), "mproc-%u-%d-", &uid, &pid) != 2 || !name.starts_with(name_start(pid)))
      continue;
    struct stat info {};
    if (pid <= 0 || ::lstat(entry.path().c_str(), &info) != 0 || info.st_uid != ::getuid()) continue;
    if (::kill(pid, 0) != 0 && errno == ESRCH) fs::remove_all(entry.path(), ignored);
  }
}

fs::path make_directory(const fs::path& parent) {
  std::string name = (parent / (name_start(::getpid()) + "XXXXXX")).string();
  if (::mkdtemp(name.data()) == nullptr)
    throw base::SystemError("cannot make a directory in " + parent.string(), errno);
  return name;
}

}  // namespace

void remove_leftovers() {
  remove_leftovers_in(temporary_files());
  remove_leftovers_in(shared_memory);
}

Scratch::Scratch() : Scratch(temporary_files()) {}

Scratch::Scratch(const fs::path& parent) : path_(make_directory(parent)) {}

Scratch::~Scratch() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace mproc::launch
