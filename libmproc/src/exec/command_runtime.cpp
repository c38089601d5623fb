#include "mproc/exec/command_runtime.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <initializer_list>

#include "mproc/base/error.hpp"
#include "mproc/base/time.hpp"
#include "mproc/base/watcher.hpp"
#include "mproc/exec/capture.hpp"
#include "mproc/exec/process_tree.hpp"

namespace mproc::exec {
namespace {

constexpr std::size_t output_limit = 16u << 20;  // kept of each of stdout and stderr of one command
constexpr int trim_ms = 50;                      // how often what is beyond that is dropped

base::Failure failure(base::FailureKind kind, std::string message) {
  base::Failure f;
  f.kind = kind;
  f.message = std::move(message);
  return f;
}

/// Waits for a command, which may write more than is kept. Its wait status; nothing where another one has it:
/// the kernel, where SIGCHLD is ignored.
std::optional<int> wait_for(pid_t pid, std::initializer_list<int> outputs) {
  const base::Fd pidfd = base::open_pidfd(pid);
  for (pollfd ended{pidfd.get(), POLLIN, 0}; pidfd && ::poll(&ended, 1, trim_ms) <= 0;)
    for (const int output : outputs) trim_capture(output, output_limit);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) return std::nullopt;
  return status;
}

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of("\n\r ");
  if (end == std::string::npos) return {};
  const std::size_t start = text.rfind('\n', end);
  return text.substr(start == std::string::npos ? 0 : start + 1,
                     end - (start == std::string::npos ? 0 : start + 1) + 1);
}

/// What this process has, with what a call adds or replaces.
class CommandEnvironment {
 public:
  explicit CommandEnvironment(const std::vector<std::pair<std::string, std::string>>& own) {
    for (const auto& [name, value] : own) own_.push_back(fmt::format("{}={}", name, value));
    for (char** entry = environ; *entry != nullptr; ++entry)
      if (!is_replaced(*entry)) entries_.push_back(*entry);
    for (std::string& entry : own_) entries_.push_back(entry.data());
    entries_.push_back(nullptr);
  }
  char** data() { return entries_.data(); }

 private:
  bool is_replaced(const char* entry) const {
    const std::string_view name(entry, std::strcspn(entry, "="));
    return std::any_of(own_.begin(), own_.end(), [&](const std::string& own) {
      return own.size() > name.size() && own[name.size()] == '=' && own.starts_with(name);
    });
  }
  std::vector<std::string> own_;
  std::vector<char*> entries_;
};

}  // namespace

std::optional<base::Failure> CommandRuntime::init(const job::InitBlock& block) {
  return failure(base::FailureKind::init,
                 fmt::format("init code '{}' needs Python, and a command has none", block.name));
}

std::optional<base::Failure> CommandRuntime::prepare(const job::MapSpec& spec) {
  const Command command(spec);
  if (auto problem = command.problem()) return problem;
  if (!spec.first_item.empty()) {
    try {
      std::size_t offset = 0;
      const auto item = base::unpack_value(base::view(spec.first_item), offset);
      command.text(item.get(), {});
    } catch (const base::DecodeError& e) {
      return failure(base::FailureKind::item, e.what());
    }
  }
  commands_.insert_or_assign(spec.map, command);
  return std::nullopt;
}

void CommandRuntime::run(const Chunk& chunk, TaskLoop& loop) {
  if (!kernel_kills_) kernel_kills_.emplace();
  const Command& command = commands_.at(chunk.stage.map.value);
  std::size_t offset = 0;
  while (loop.next()) {
    try {
      const auto item = base::unpack_value(chunk.items, offset);
      run_one(command.call(item.get(), {loop.index(), loop.executor()}), loop);
    } catch (const base::DecodeError& e) {
      loop.fail(failure(base::FailureKind::item, e.what()));
    } catch (const std::exception& e) {
      loop.fail(failure(base::FailureKind::exception, e.what()));
    }
  }
}

void CommandRuntime::run_one(const CommandCall& call, TaskLoop& loop) {
  kernel_kills_->look(base::monotonic_ns());
  // Its own files: what a command leaves running must not write into the results of the next.
  const base::Fd out_file = make_capture("mproc-stdout"), err_file = make_capture("mproc-stderr");
  std::vector<char*> words;
  words.reserve(call.argv.size() + 1);
  for (const auto& word : call.argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  CommandEnvironment environment(call.env);
  if (!call.directory.empty()) std::filesystem::create_directories(call.directory);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out_file.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err_file.get(), STDERR_FILENO);
  if (!call.directory.empty()) posix_spawn_file_actions_addchdir_np(&actions, call.directory.c_str());
  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, words[0], &actions, nullptr, words.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0)
    return loop.fail(
        failure(error == EAGAIN || error == ENOMEM ? base::FailureKind::exception : base::FailureKind::lookup,
                fmt::format("cannot start '{}': {}", call.argv[0], std::strerror(error))));
  const auto ended = wait_for(pid, {out_file.get(), err_file.get()});
  if (!ended)
    return loop.fail(
        failure(base::FailureKind::exception,
                fmt::format("the exit status of '{}' is lost, as SIGCHLD is ignored", call.argv[0])));
  const int status = *ended;
  const std::string out = drain_capture(out_file.get(), output_limit),
                    err = drain_capture(err_file.get(), output_limit);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    base::BytesSink sink(loop.values());
    msgpack::packer<base::BytesSink> packer(sink);
    packer.pack_map(3).pack("exit").pack(0).pack("stdout").pack(out).pack("stderr").pack(err);
    return;
  }
  base::Failure f = failure(base::FailureKind::exit, last_line(err));
  f.type = WIFSIGNALED(status) ? "killed by " + signal_name(WTERMSIG(status))
                               : fmt::format("exit status {}", WEXITSTATUS(status));
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
    if (std::string lack = kernel_kills_->cause(); !lack.empty()) f.type = std::move(lack);
  f.traceback = err;
  loop.fail(std::move(f));
  loop.capture(out);
}

}  // namespace mproc::exec
