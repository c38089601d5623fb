#include "process_identity.hpp"

#include <unistd.h>

#include <charconv>
#include <filesystem>

#include "mproc/base/error.hpp"
#include "mproc/base/fd.hpp"

namespace mproc::journal {
namespace {

std::string boot_and_namespace() try {
  std::string boot = base::read_file("/proc/sys/kernel/random/boot_id");
  boot.erase(boot.find_last_not_of('\n') + 1);
  return boot + " " + std::filesystem::read_symlink("/proc/self/ns/pid").string();
} catch (const std::exception&) {
  return {};
}

}  // namespace

std::uint64_t start_time(std::int64_t pid) try {
  const std::string stat = base::read_file("/proc/" + std::to_string(pid) + "/stat");
  // The second field, the program's name, may hold blanks and parentheses; it ends at the last one.
  std::size_t at = stat.rfind(')');
  if (at == std::string::npos || at + 2 >= stat.size() || stat[at + 2] == 'Z' || stat[at + 2] == 'X')
    return 0;
  for (int field = 2; field < 22 && at != std::string::npos; ++field) at = stat.find(' ', at + 1);
  if (at == std::string::npos) return 0;
  std::uint64_t ticks = 0;
  std::from_chars(stat.data() + at + 1, stat.data() + stat.size(), ticks);
  return ticks;
} catch (const base::SystemError&) {
  return 0;
}

ProcessIdentity this_process() {
  const std::int64_t pid = ::getpid();
  return {base::host_name(), boot_and_namespace(), pid, start_time(pid)};
}

}  // namespace mproc::journal
