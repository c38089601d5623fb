#include "mproc/exec/host.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "mproc/base/error.hpp"
#include "mproc/exec/executor.hpp"
#include "mproc/exec/node.hpp"
#include "mproc/exec/process_tree.hpp"
#include "mproc/exec/socket_message.hpp"
#include "mproc/exec/stack_signal.hpp"

namespace mproc::exec {
namespace {

/// A process can be forked when nothing runs beside the forking thread and no device is open.
bool can_be_forked() {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const fs::directory_iterator threads("/proc/self/task", ignored), none;
  if (std::distance(threads, none) > 1) return false;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd", ignored)) {
    const auto target = fs::read_symlink(entry.path(), ignored).string();
    if (target.starts_with("/dev/nvidia") || target.starts_with("/dev/kfd") || target.starts_with("/dev/dri"))
      return false;
  }
  return true;
}

SlotMemory take_slot(SocketMessage& message) {
  if (message.fds.size() != 5) throw base::DecodeError("slot without its memory");
  auto next = [&, i = std::size_t{0}]() mutable {
    return base::SharedMemory::open(std::move(message.fds[i++]));
  };
  SlotMemory memory;
  memory.control = next();
  memory.to_executor = next();
  memory.from_executor = next();
  // An empty memory cannot be mapped, and this one is only written to.
  memory.capture = base::SharedMemory::unmapped(std::move(message.fds[3]));
  memory.socket = base::SharedMemory::unmapped(std::move(message.fds[4]));
  return memory;
}

/// The kernel refuses what the worker, which looks now and then, could see too late. Not beside devices:
/// their drivers map much more than they use.
void limit_data(const HostSettings& settings) {
  rlimit data{};
  if (settings.memory == 0 || !settings.forkable || ::getrlimit(RLIMIT_DATA, &data) != 0) return;
  data.rlim_cur = std::min<rlim_t>(data.rlim_cur, 2 * settings.memory);
  ::setrlimit(RLIMIT_DATA, &data);
}

class Host {
 public:
  Host(base::Fd control, base::Fd bell, const PythonFactory& python)
      : control_(std::move(control)),
        bell_memory_(base::SharedMemory::open(std::move(bell))),
        bell_(*bell_memory_.as<base::Doorbell>()),
        runtimes_(python),
        zygote_(::getppid()) {
    take_stack_signal();
  }

  [[noreturn]] void loop() {
    SocketMessage message;
    while (receive_message(control_.get(), message, true) == Received::message) handle(message);
    ::_exit(0);
  }

 private:
  void handle(SocketMessage& message) {
    if (failed_) return;  // later init code builds on earlier: nothing more is tried
    switch (static_cast<HostMessage>(message.type)) {
      case HostMessage::settings:
        return apply(base::unpack_as<HostSettings>(message.payload));
      case HostMessage::init:
        return check(runtimes_.init(base::unpack_as<job::InitBlock>(message.payload)));
      case HostMessage::share:
        return runtimes_.share(base::unpack_as<ArrayPlace>(message.payload));
      case HostMessage::unshare:
        return runtimes_.unshare(base::unpack_as<std::string>(message.payload));
      case HostMessage::forget:
        return runtimes_.forget(static_cast<std::uint32_t>(message.value));
      case HostMessage::prepare:
        return prepare(base::unpack_as<job::MapSpec>(message.payload), message.value != 0);
      case HostMessage::report:
        return answer(HostMessage::state, can_be_forked() ? 1 : 0, {});
      case HostMessage::become:
        become_executor(message);
      case HostMessage::fork:
        return fork_executor(message);
      default:
        throw base::DecodeError("unknown message to an executor's host");
    }
  }

  void prepare(const job::MapSpec& spec, bool late) {
    auto failure = runtimes_.prepare(spec);
    if (!late) check(std::move(failure));
  }

  void apply(HostSettings settings) {
    settings_ = std::move(settings);
    for (const auto& [name, value] : settings_.env) ::setenv(name.c_str(), value.c_str(), 1);
  }

  void check(std::optional<base::Failure> failure) {
    if (!failure) return;
    failed_ = true;
    failure->rank = settings_.rank;
    failure->host = settings_.host;
    failure->pid = ::getpid();
    base::Bytes payload;
    base::pack_to(payload, *failure);
    answer(HostMessage::failed, 0, std::move(payload));
  }

  void answer(HostMessage type, std::int64_t value, base::Bytes payload, std::uint32_t slot = 0) {
    SocketMessage message{static_cast<std::uint32_t>(type), slot, value, std::move(payload), {}};
    if (!send_message(control_.get(), message)) ::_exit(0);
  }

  [[noreturn]] void become_executor(SocketMessage& message) {
    control_.reset();
    const auto place = base::unpack_as<Place>(message.payload);
    if (!place.cores.empty()) run_on(place.cores);
    settings_.number = place.number;
    SlotMemory memory = take_slot(message);
    limit_data(settings_);
    executor_main(std::move(memory), bell_, runtimes_, settings_);
  }

  /// Forks twice, so that the executor becomes the zygote's child: the zygote alone reaps and sweeps.
  void fork_executor(SocketMessage& message) {
    std::array<int, 2> pipe_ends{};
    if (::pipe2(pipe_ends.data(), O_CLOEXEC) != 0) throw base::SystemError("cannot make a pipe", errno);
    base::Fd read_end(pipe_ends[0]), write_end(pipe_ends[1]);
    const pid_t middle = runtimes_.fork();
    if (middle < 0) return answer(HostMessage::forked, -errno, {}, message.slot);
    if (middle == 0) {
      // Plain fork: the first one has already put the runtimes into a child's state.
      const pid_t executor = ::fork();
      if (executor == 0) {
        write_end.reset();
        adopt_by(zygote_);
        become_executor(message);
      }
      const std::int64_t answer = executor > 0 ? executor : -errno;
      const bool told = ::write(write_end.get(), &answer, sizeof answer) == sizeof answer;
      ::_exit(told ? 0 : 1);
    }
    std::int64_t executor = -ECHILD;
    write_end.reset();
    if (::read(read_end.get(), &executor, sizeof executor) != sizeof executor) executor = -ECHILD;
    int status = 0;
    while (::waitpid(middle, &status, 0) < 0 && errno == EINTR) {
    }
    answer(HostMessage::forked, executor, {}, message.slot);
  }

  base::Fd control_;
  base::SharedMemory bell_memory_;
  base::Doorbell& bell_;
  RuntimeSet runtimes_;
  pid_t zygote_;
  HostSettings settings_;
  bool failed_ = false;
};

}  // namespace

void host_main(base::Fd control, base::Fd bell_fd, const PythonFactory& python) {
  try {
    Host(std::move(control), std::move(bell_fd), python).loop();
  } catch (const std::exception& e) {
    base::assertion_failed("executor host", __FILE__, __LINE__, e.what());
  }
}

}  // namespace mproc::exec
