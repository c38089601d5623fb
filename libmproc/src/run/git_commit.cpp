#include "git_commit.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "mproc/base/fd.hpp"

namespace mproc::run {

std::string git_commit(const std::filesystem::path& directory) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {};
  const base::Fd from(ends[0]);
  base::Fd to(ends[1]);
  ::posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&files, to.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::array<std::string, 5> words{"git", "-C", directory.string(), "rev-parse", "HEAD"};
  std::array<char*, 6> arguments{};  // as posix_spawn wants them, null at the end
  std::ranges::transform(words, arguments.begin(), [](std::string& word) { return word.data(); });
  pid_t git = 0;
  const bool started = ::posix_spawnp(&git, arguments[0], &files, nullptr, arguments.data(), environ) == 0;
  ::posix_spawn_file_actions_destroy(&files);
  if (!started) return {};
  to.reset();
  std::string commit(256, '\0');
  const ssize_t size = ::read(from.get(), commit.data(), commit.size());
  int status = 0;
  while (::waitpid(git, &status, 0) < 0 && errno == EINTR)
    ;
  if (status != 0 || size <= 0) return {};
  commit.resize(static_cast<std::size_t>(size));
  commit.erase(commit.find_last_not_of('\n') + 1);
  return commit;
}

}  // namespace mproc::run
