#include "mproc/exec/command_runtime.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include "mproc/base/error.hpp"
#include "mproc/base/real_text.hpp"
#include "mproc/base/time.hpp"
#include "mproc/base/watcher.hpp"
#include "mproc/exec/capture.hpp"
#include "mproc/exec/process_tree.hpp"

namespace mproc::exec {
namespace {

constexpr std::size_t output_limit = 16u << 20;  // kept of each of stdout and stderr of one command
constexpr int trim_ms = 50;                      // how often what is beyond that is dropped

std::string scalar_text(const msgpack::object& value) {
  switch (value.type) {
    case msgpack::type::NIL:
      return {};
    case msgpack::type::BOOLEAN:
      return value.via.boolean ? "true" : "false";
    case msgpack::type::POSITIVE_INTEGER:
      return std::to_string(value.via.u64);
    case msgpack::type::NEGATIVE_INTEGER:
      return std::to_string(value.via.i64);
    case msgpack::type::FLOAT32:
    case msgpack::type::FLOAT64: {
      std::string text;
      base::append_real(text, value.via.f64);
      return text;
    }
    case msgpack::type::STR:
      return {value.via.str.ptr, value.via.str.size};
    case msgpack::type::BIN:
      return {value.via.bin.ptr, value.via.bin.size};
    case msgpack::type::EXT:
      if (value.via.ext.type() == static_cast<std::int8_t>(base::Ext::bigint))
        return {value.via.ext.data(), value.via.ext.size};
      [[fallthrough]];
    default:
      throw base::DecodeError("a command's fields are numbers, strings and booleans, not lists or tables");
  }
}

std::string field_text(const std::string& name, const msgpack::object& item) {
  if (name.empty()) return scalar_text(item);
  if (item.type != msgpack::type::MAP)
    throw base::DecodeError(fmt::format("the item has no fields, so {{{}}} names nothing; write {{}}", name));
  std::string known;
  for (const auto& [key, value] : item.via.map) {
    const auto text = scalar_text(key);
    if (text == name) return scalar_text(value);
    if (!known.empty()) known += ", ";
    known += text;
  }
  throw base::DecodeError(fmt::format("the item has no field '{}'; it has: {}", name, known));
}

/// The kernel would cut it off at a NUL, and says of a long one only that the list is too long.
std::string argument(std::string word) {
  static const auto longest = static_cast<std::size_t>(32 * ::sysconf(_SC_PAGESIZE) - 1);  // MAX_ARG_STRLEN
  if (word.find('\0') != std::string::npos)
    throw base::DecodeError("the item has a NUL character, which no command's argument can have");
  if (word.size() > longest)
    throw base::DecodeError(fmt::format(
        "an argument of {} bytes, where a command's may have {}; write it to a file, and give its path",
        word.size(), longest));
  return word;
}

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

}  // namespace

bool is_executable(const std::string& program) {
  if (program.find('/') != std::string::npos) return ::access(program.c_str(), X_OK) == 0;
  const char* path = std::getenv("PATH");
  std::string rest = path != nullptr ? path : "/usr/bin:/bin";
  for (std::size_t start = 0; start <= rest.size();) {
    const std::size_t end = std::min(rest.find(':', start), rest.size());
    const std::string dir = end > start ? rest.substr(start, end - start) : ".";
    if (::access((dir + "/" + program).c_str(), X_OK) == 0) return true;
    start = end + 1;
  }
  return false;
}

std::string expand_word(const std::string& word, const msgpack::object& item) {
  std::string out;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const char c = word[i];
    if ((c == '{' || c == '}') && i + 1 < word.size() && word[i + 1] == c) {
      out += c;
      ++i;
    } else if (const std::size_t close = c == '{' ? word.find('}', i) : std::string::npos;
               close != std::string::npos) {
      out += field_text(word.substr(i + 1, close - i - 1), item);
      i = close;
    } else {
      out += c;
    }
  }
  return out;
}

std::optional<base::Failure> CommandRuntime::init(const job::InitBlock& block) {
  return failure(base::FailureKind::init,
                 fmt::format("init code '{}' needs Python, and a command has none", block.name));
}

std::optional<base::Failure> CommandRuntime::prepare(const job::MapSpec& spec) {
  const std::string& program = spec.command.front();
  if (program.find('{') == std::string::npos && !is_executable(program))
    return failure(
        base::FailureKind::lookup,
        fmt::format("the executors have no command '{}'; give its path, or install it on every node",
                    program));
  if (!spec.first_item.empty()) {
    try {
      std::size_t offset = 0;
      const auto item = base::unpack_value(base::view(spec.first_item), offset);
      for (const auto& word : spec.command) expand_word(word, item.get());
    } catch (const base::DecodeError& e) {
      return failure(base::FailureKind::item, e.what());
    }
  }
  commands_[spec.map] = spec.command;
  return std::nullopt;
}

void CommandRuntime::run(const Chunk& chunk, TaskLoop& loop) {
  if (!kernel_kills_) kernel_kills_.emplace();
  const auto& command = commands_.at(chunk.stage.map.value);
  std::size_t offset = 0;
  std::vector<std::string> argv;
  while (loop.next()) {
    try {
      const auto item = base::unpack_value(chunk.items, offset);
      argv.clear();
      for (const auto& word : command) argv.push_back(argument(expand_word(word, item.get())));
      run_one(argv, loop);
    } catch (const base::DecodeError& e) {
      loop.fail(failure(base::FailureKind::item, e.what()));
    } catch (const std::exception& e) {
      loop.fail(failure(base::FailureKind::exception, e.what()));
    }
  }
}

void CommandRuntime::run_one(const std::vector<std::string>& argv, TaskLoop& loop) {
  kernel_kills_->look(base::monotonic_ns());
  // Its own files: what a command leaves running must not write into the results of the next.
  const base::Fd out_file = make_capture("mproc-stdout"), err_file = make_capture("mproc-stderr");
  std::vector<char*> words;
  words.reserve(argv.size() + 1);
  for (const auto& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out_file.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err_file.get(), STDERR_FILENO);
  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, words[0], &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0)
    return loop.fail(
        failure(error == EAGAIN || error == ENOMEM ? base::FailureKind::exception : base::FailureKind::lookup,
                fmt::format("cannot start '{}': {}", argv[0], std::strerror(error))));
  const auto ended = wait_for(pid, {out_file.get(), err_file.get()});
  if (!ended)
    return loop.fail(failure(base::FailureKind::exception,
                             fmt::format("the exit status of '{}' is lost, as SIGCHLD is ignored", argv[0])));
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
