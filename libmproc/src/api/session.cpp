#include "mproc/session.hpp"

#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "mproc/base/fd.hpp"
#include "mproc/base/say.hpp"
#include "mproc/base/unix_socket.hpp"
#include "mproc/base/watcher.hpp"
#include "mproc/comm/mpi_channel.hpp"
#include "mproc/exec/native_item.hpp"
#include "mproc/exec/native_result.hpp"
#include "mproc/exec/zygote.hpp"
#include "mproc/job/job.hpp"
#include "mproc/launch/placement.hpp"
#include "mproc/launch/scratch.hpp"
#include "mproc/run/rank.hpp"
#include "session_impl.hpp"

namespace mproc {

std::unique_ptr<exec::Runtime> api::no_python() {
  throw base::UserError(
      "the session of a C++ program runs native kernels alone; use mproc run or import mproc");
}

namespace {

using namespace std::chrono_literals;

// Of the process that is the session's launcher: where its driver listens, how many executors, their
// settings.
constexpr const char *socket_variable = "MPROC_SESSION_SOCKET",
                     *executors_variable = "MPROC_SESSION_EXECUTORS",
                     *settings_variable = "MPROC_SESSION_SETTINGS";
constexpr char separator = '\n';  // of settings, which have none
constexpr std::size_t batch_items = 8192, batch_bytes = std::size_t{1} << 20;
constexpr auto stop_patience = 10s;

/// What this process was started with.
std::vector<std::string> own_words() {
  const std::string line = base::read_file("/proc/self/cmdline");
  std::vector<std::string> words;
  for (std::size_t at = 0; at < line.size(); at = line.find('\0', at) + 1)
    words.emplace_back(line.c_str() + at);
  return words;
}

[[noreturn]] void leave(int status) {
  std::fflush(nullptr);
  ::_exit(status);
}

/// What a process comes to that is there for the session alone; it says itself why.
template <class Work>
[[noreturn]] void serve(Work work) {
  int status = static_cast<int>(base::ExitStatus::incomplete);
  try {
    status = work();
  } catch (const base::UserError& error) {
    base::say(error.what());
    status = static_cast<int>(base::ExitStatus::usage);
  } catch (const std::exception& error) {
    base::say(error.what());
  }
  leave(status);
}

/// A rank that the launcher has started by mpirun.
int be_rank(const std::vector<std::string>& words) {
  run::RankSetup setup{exec::fork_zygote(api::no_python),
                       [&] { return run::decode_request(base::read_file(words[2])); },
                       words[3],
                       {}};
  return run::run_rank(std::move(setup));
}

std::string take_variable(const char* name) {
  const char* value = std::getenv(name);
  std::string text = value != nullptr ? value : "";
  ::unsetenv(name);
  return text;
}

int be_launcher() {
  const std::string socket = take_variable(socket_variable), executors = take_variable(executors_variable);
  std::string all = take_variable(settings_variable);
  std::vector<std::string> settings;
  for (std::size_t end = 0; !all.empty(); all.erase(0, end + 1)) {
    end = std::min(all.find(separator), all.size() - 1);
    settings.push_back(all.substr(0, all[end] == separator ? end : end + 1));
  }
  run::Request request = run::session_request(socket, settings);
  const auto result = launch::launch_session(
      request, static_cast<std::uint32_t>(std::strtoul(executors.c_str(), nullptr, 10)));
  if (!result.text.empty()) base::say(result.text);
  return static_cast<int>(result.status);
}

/// Before anything else of the program happens: is it one of a session's own processes?
void serve_if_started_for_it() {
  const auto words = own_words();
  const bool by_mpi = comm::launched_as().by_mpi;
  if (by_mpi && words.size() == 4 && words[1] == "rank") serve([&] { return be_rank(words); });
  if (std::getenv(socket_variable) != nullptr) serve(be_launcher);
  if (by_mpi && comm::launched_as().size > 1)
    throw SessionError(
        "the program was started by mpirun, and its session would start one in every rank; start it by "
        "itself, as the session starts mpirun, or use with_session of <mproc/mpi.hpp>");
}

Failure public_failure(const base::Failure& failure) {
  return {base::name(failure.kind),
          failure.type,
          failure.message,
          failure.summary(),
          failure.host,
          failure.rank,
          failure.pid,
          failure.attempts};
}

/// Results as a value of one parameter that takes anything.
const abi::Kernel& any_value() {
  static const abi::Parameter parameter{"the result", "any", abi::Takes::anything};
  static const abi::Kernel kernel{"result", "any", &parameter, 1, nullptr, nullptr, nullptr};
  return kernel;
}

/// A session that mproc starts MPI for.
class LaunchedSession final : public Session::Impl {
 public:
  explicit LaunchedSession(const SessionOptions& options) {
    const launch::Scratch scratch;
    const auto path = scratch.path() / "driver";
    const base::Fd listener = base::listen_at(path, SOCK_SEQPACKET);
    start(path.string(), options);
    client_ = std::make_unique<run::DriverClient>(accept(listener));
    client_->wait_until([&] { return client_->workers() > 0 && client_->executors() >= client_->workers(); });
  }
  ~LaunchedSession() override {
    client_.reset();  // with it the session ends
    pollfd ended{pidfd_.get(), POLLIN, 0};
    const auto patience = static_cast<int>(std::chrono::milliseconds(stop_patience).count());
    if (::poll(&ended, 1, patience) == 0) ::kill(launcher_, SIGINT);
    if (::poll(&ended, 1, patience) == 0) ::kill(launcher_, SIGKILL);
    ::waitpid(launcher_, nullptr, 0);
  }
  LaunchedSession(const LaunchedSession&) = delete;
  LaunchedSession& operator=(const LaunchedSession&) = delete;

  run::DriverClient& client() override { return *client_; }
  bool is_isolated() const override { return true; }

 private:
  void start(const std::string& socket, const SessionOptions& options);
  base::Fd accept(const base::Fd& listener);

  pid_t launcher_ = -1;
  base::Fd pidfd_;
  std::unique_ptr<run::DriverClient> client_;
};

/// This program again, as launcher: in a session of its own, as what interrupts the program need not end it.
void LaunchedSession::start(const std::string& socket, const SessionOptions& options) {
  std::string settings;
  for (const auto& setting : options.settings) settings += setting + separator;
  std::vector<std::string> variables{socket_variable + ("=" + socket),
                                     executors_variable + ("=" + std::to_string(options.executors)),
                                     settings_variable + ("=" + settings)};
  for (char** variable = environ; *variable != nullptr; ++variable) variables.emplace_back(*variable);
  std::vector<std::string> words = own_words();
  const auto pointers = [](std::vector<std::string>& texts) {
    std::vector<char*> out;
    out.reserve(texts.size() + 1);
    for (auto& text : texts) out.push_back(text.data());
    out.push_back(nullptr);
    return out;
  };
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  const int error = ::posix_spawn(&launcher_, base::own_program().c_str(), nullptr, &attributes,
                                  pointers(words).data(), pointers(variables).data());
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0) throw base::SystemError("cannot start the session's launcher", error);
  pidfd_ = base::open_pidfd(launcher_);
}

base::Fd LaunchedSession::accept(const base::Fd& listener) {
  for (;;) {
    std::array<pollfd, 2> events{{{listener.get(), POLLIN, 0}, {pidfd_.get(), POLLIN, 0}}};
    if (::poll(events.data(), events.size(), -1) < 0 && errno != EINTR)
      throw base::SystemError("cannot poll", errno);
    base::Fd socket(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (socket) return socket;
    if ((events[1].revents & POLLIN) == 0) continue;
    ::waitpid(launcher_, nullptr, 0);
    throw SessionError("the session did not start; what is wrong is on stderr");
  }
}

}  // namespace

Session::Session(const SessionOptions& options) {
  serve_if_started_for_it();
  api::guarded([&] { impl_ = std::make_unique<LaunchedSession>(options); });
}

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::~Session() = default;

std::uint32_t Session::executors() const {
  return api::guarded([&] {
    while (impl_->client().step()) {
    }
    return impl_->client().executors();
  });
}

void Session::share_array(const std::string& name, const abi::Array& array) {
  api::guarded([&] {
    job::ArraySpec spec;
    spec.name = name;
    spec.dtype = exec::dtype_of(array.type);
    spec.shape.assign(array.shape, array.shape + array.dimensions);
    impl_->client().share(spec, {static_cast<const std::byte*>(array.data), spec.bytes()});
  });
}

Session::Shared::~Shared() {
  if (session_ == nullptr) return;
  try {
    session_->impl_->client().unshare(name_);
  } catch (const std::exception&) {
    // The session has ended, and the array with it.
  }
}

void Session::run(std::string_view kernel, std::optional<std::uint64_t> total, const NextItem& next,
                  const TakeOutcome& take, const MapOptions& options) {
  if (options.timeout > 0 && !impl_->is_isolated())
    throw std::invalid_argument(
        "a timeout needs executors, and this session runs kernels in place; make mproc::Executors before "
        "MPI_Init, "
        "and give it to with_session");
  run::DriverClient& client = impl_->client();
  job::MapSpec spec;
  spec.kernel = static_cast<std::uint8_t>(job::MapSpec::Kernel::native);
  spec.function = kernel;
  if (kernel.find(':') == kernel.npos) spec.function = "program:" + spec.function;
  spec.raw_path = {std::filesystem::current_path().string()};
  spec.encoding = static_cast<std::uint8_t>(job::Encoding::driver);
  spec.timeout_ns = static_cast<std::int64_t>(options.timeout * 1e9);
  spec.has_seed = options.seed.has_value();
  spec.seed = options.seed.value_or(0);

  std::exception_ptr problem;  // of the sink's: nothing is thrown through the client
  exec::NativeItem value(any_value(), {}, job::Call::automatic);
  const auto take_one = [&](std::uint64_t index, base::ByteView& values, bool failed) {
    if (failed) {
      base::ValueReader<exec::TokenBuild> reader(values);
      exec::TokenBuild build;
      const exec::Token token = reader.next(build);
      values = values.subspan(static_cast<std::size_t>(reader.at() - values.data()));
      auto failure = public_failure(base::unpack_as<base::Failure>(base::view(token.bytes)));
      take(index, nullptr, &failure);
      return;
    }
    values = values.subspan(value.start(values));
    value.parameter(0);
    if (!take(index, &value, nullptr))
      throw std::invalid_argument("task " + std::to_string(index) + ": " + value.problem());
  };
  const auto sink = [&](const wire::TaskOutcomes&, const base::PayloadView& bytes) {
    if (problem) return;
    try {
      base::ByteView values;
      const auto block = base::decode_block_header(bytes, values);
      std::size_t failures = 0;
      for (std::uint32_t i = 0; i < block.tasks.count; ++i) {
        const bool failed = failures < block.failed.size() && block.failed[failures] == i;
        failures += failed ? 1 : 0;
        take_one(block.tasks.first + i, values, failed);
      }
    } catch (...) {
      problem = std::current_exception();
    }
  };
  api::guarded([&] {
    const std::uint32_t map = client.open(
        std::move(spec), {.retries = options.retries, .chunk = options.chunk, .total = total}, sink);
    const auto cancel = [&] {
      client.cancel(map, true);
      client.wait_until([&] { return client.is_done(map); });
    };
    try {
      exec::NativeResult writer(job::Encoding::driver);
      base::Bytes items;
      std::vector<std::uint64_t> ends;
      for (bool more = true; more && !problem;) {
        items.clear();
        ends.clear();
        while (ends.size() < batch_items && items.size() < batch_bytes) {
          writer.start(items);
          more = next(writer);
          if (!writer.problem().empty())
            throw std::invalid_argument("an item cannot travel: " + writer.problem());
          if (!more) break;
          ends.push_back(items.size());
        }
        if (!ends.empty())
          client.wait_until([&] { return problem != nullptr || client.give(map, ends, items); });
      }
    } catch (const base::SystemError&) {
      throw;
    } catch (...) {
      cancel();
      throw;
    }
    if (problem) {
      cancel();
      std::rethrow_exception(problem);
    }
    client.close(map);
    client.wait_until([&] { return client.is_done(map) || problem != nullptr; });
    if (problem) {
      if (!client.is_done(map)) cancel();
      std::rethrow_exception(problem);
    }
  });
}

}  // namespace mproc
