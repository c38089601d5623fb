#include "mproc/launch/launcher.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <sstream>

#include "mpirun.hpp"
#include "mproc/base/time.hpp"
#include "mproc/base/unix_socket.hpp"
#include "mproc/base/watcher.hpp"
#include "mproc/launch/requeue.hpp"
#include "mproc/run/control.hpp"
#include "progress_line.hpp"
#include "remote.hpp"
#include "workspace.hpp"

namespace mproc::launch {
namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t start_limit_of_rank =
    second;  // more than start_patience() where a machine starts many
constexpr std::int64_t all_begun_limit = 3 * second;   // of mpirun, from one rank that it starts to the next
constexpr std::int64_t host_silence = 10 * second;     // of another host: nobody else tells that it is gone
constexpr std::int64_t leave_limit = 5 * second;       // of mpirun, once central has said exit
constexpr std::chrono::seconds node_answer_limit{10};  // to start a process there
constexpr int poll_ms = 500, start_poll_ms = 20;       // short, to see ranks that die as they start
constexpr std::int64_t longest_step = 2 * second;      // of the launcher's own, unless it was stopped

/// How long central may be silent; tests have less time.
std::int64_t patience(const char* test_variable) {
  const char* seconds = std::getenv(test_variable);
  return second * (seconds != nullptr ? std::atoi(seconds) : 60);
}
/// Until it says hello...
std::int64_t start_patience() {
  return patience("MPROC_TEST_START_PATIENCE");
}
/// ...and between its reports, of which there is one a second.
std::int64_t report_patience() {
  return patience("MPROC_TEST_PATIENCE");
}

/// Signals of the user's as a descriptor; the mask is given back in the end.
class SignalSource {
 public:
  SignalSource() {
    sigset_t mask;
    sigemptyset(&mask);
    for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGHUP, SIGPIPE})
      if (!is_ignored(signal)) sigaddset(&mask, signal);
    ::sigprocmask(SIG_BLOCK, &mask, &before_);
    fd_.reset(::signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK));
  }
  ~SignalSource() {
    while (take() != 0) {
    }
    ::sigprocmask(SIG_SETMASK, &before_, nullptr);
  }
  SignalSource(const SignalSource&) = delete;
  SignalSource& operator=(const SignalSource&) = delete;
  int fd() const { return fd_.get(); }
  int take() {
    signalfd_siginfo info;
    return ::read(fd_.get(), &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
  }

 private:
  /// As nohup and shells without job control have it: then it does not come, but for signalfd.
  static bool is_ignored(int signal) {
    struct sigaction action {};
    return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
  }
  sigset_t before_{};
  base::Fd fd_;
};

/// One mpirun, from its start to its end.
class Attempt {
 public:
  Attempt(const Mpirun::Request& request, base::Fd listener, SignalSource& signals, ProgressLine& line)
      : mpirun_(request),
        listener_(std::move(listener)),
        signals_(signals),
        line_(line),
        ranks_(request.ranks),
        on_this_host_(!request.allocation && request.hosts.empty() && request.launcher.empty()),
        start_limit_(start_patience() + start_limit_of_rank * request.ranks),
        heard_(base::monotonic_ns()) {}

  /// The run's result, or nothing when central was lost.
  std::optional<run::RunResult> follow() {
    for (bool over = false; !over;) {
      wait();
      mpirun_.read_output();
      mpirun_.reap_orphans();
      accept();
      while (const int signal = signals_.take()) on_signal(signal);
      if (link_) {
        link_->flush();
        while (const auto record = link_->receive()) on_record(*record);
      }
      over = base::has_ended(mpirun_.pidfd()) || is_stuck();
    }
    // Central may have written its last records just before the end.
    if (link_)
      while (const auto record = link_->receive()) on_record(*record);
    died_ = mpirun_.has_died();
    mpirun_.read_output();
    lost_host_ = mpirun_.lost_host();
    mpirun_.kill_all();
    line_.clear();
    return result_;
  }

  bool greeted() const { return link_.has_value(); }
  /// There is a run directory, which the next attempt goes on with.
  bool began() const { return began_; }
  bool killed_by_user() const { return killed_; }
  /// How the user has asked the run to end, if at all: drained or interrupted.
  std::optional<base::ExitStatus> drained() const {
    if (drain_reason_.empty()) return std::nullopt;
    return drain_reason_ == "interrupt" ? base::ExitStatus::interrupted : base::ExitStatus::drained;
  }
  /// Another start may go better: mpirun did not end of itself, or it had started ranks, and one's death
  /// in MPI_Init took the others along.
  bool worth_repeating() const { return greeted() || !why_.empty() || died_ || any_started_; }
  bool died() const { return died_; }  // mpirun, by a signal
  const std::string& why() const { return why_; }
  /// The host whose loss has ended it; empty: none.
  const std::string& lost_host() const { return lost_host_; }
  std::string printed() {
    mpirun_.read_output();
    return mpirun_.printed();
  }

 private:
  void wait() {
    std::array<pollfd, 4> watched{pollfd{mpirun_.pidfd().get(), POLLIN, 0},
                                  pollfd{mpirun_.output().get(), POLLIN, 0}, pollfd{signals_.fd(), POLLIN, 0},
                                  pollfd{link_ ? link_->fd() : listener_.get(), POLLIN, 0}};
    if (output_closed_) watched[1].fd = -1;
    if (link_ && link_->closed()) watched[3].fd = -1;
    ::poll(watched.data(), watched.size(), link_ ? poll_ms : start_poll_ms);
    if ((watched[1].revents & POLLHUP) != 0) output_closed_ = true;
  }

  void accept() {
    if (link_) return;
    base::Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket) return;
    link_.emplace(std::move(socket));
    heard_ = base::monotonic_ns();
    if (!drain_reason_.empty()) link_->send({{"type", "drain"}, {"reason", drain_reason_}});
  }

  void on_signal(int signal) {
    if (signal == SIGPIPE) return;  // whoever read stderr has gone: the run goes on
    const bool interrupt = signal == SIGINT;
    if (interrupt && drain_reason_ == "interrupt") killed_ = true;
    if (drain_reason_ == "interrupt" || (!interrupt && !drain_reason_.empty())) return;
    drain_reason_ = interrupt ? "interrupt" : "terminate";
    line_.note(interrupt ? "interrupted: running tasks may end; Ctrl-C again ends at once"
                         : "asked to stop: running tasks may end");
    if (link_) link_->send({{"type", "drain"}, {"reason", drain_reason_}});
  }

  void on_record(const nlohmann::json& record) {
    heard_ = base::monotonic_ns();
    const std::string type = record.value("type", "");
    if (type == "began") began_ = true;
    if (type == "progress") line_.draw(record);
    if (type == "progress") silent_ = false;
    if (type == "note") line_.note(record.value("text", ""));
    if (type == "warning") line_.note("warning: " + record.value("text", ""));
    if (type == "reading" || type == "ending") silent_ = true;
    if (type == "exit")
      result_ = run::RunResult{static_cast<base::ExitStatus>(record.value("status", 3)),
                               record.value("text", ""), record.value("run", ""),
                               record.value("ranks_lost", false), record.value("complete", false)};
  }

  /// Before central has said hello, which it does once MPI is up: with one rank missing that is never.
  bool has_lost_a_rank(std::int64_t now) {
    if (!on_this_host_) return false;
    const std::size_t live = mpirun_.live_ranks();
    if (live != live_ranks_) changed_ = now;
    live_ranks_ = live;
    any_started_ |= live > 0;
    return live > 0 && live < ranks_ && now - changed_ > all_begun_limit;
  }

  bool is_stuck() {
    const std::int64_t now = base::monotonic_ns();
    // A job that Slurm suspends, or whose processes are stopped, goes on later: so long nobody could speak.
    if (now - looked_ > longest_step) {
      heard_ += now - looked_;
      changed_ += now - looked_;
    }
    looked_ = now;
    const std::int64_t quiet = now - heard_;
    if (killed_) return true;
    if (result_) return quiet > leave_limit;
    if (!link_ && has_lost_a_rank(now)) why_ = "a rank died as it started";
    if (!link_ && quiet > start_limit_)
      why_ = fmt::format("the ranks did not start within {} s", start_limit_ / second);
    if (link_ && !silent_ && quiet > silence_limit_)
      why_ = fmt::format("central has not been heard of for {} s", silence_limit_ / second);
    return !why_.empty();
  }

  Mpirun mpirun_;
  base::Fd listener_;
  SignalSource& signals_;
  ProgressLine& line_;
  std::optional<run::ControlLink> link_;
  std::optional<run::RunResult> result_;
  std::string drain_reason_, why_, lost_host_;
  std::size_t ranks_, live_ranks_ = 0;
  bool on_this_host_;
  std::int64_t silence_limit_ = report_patience(), start_limit_, heard_, looked_ = heard_, changed_ = heard_;
  bool died_ = false, any_started_ = false, output_closed_ = false, began_ = false, silent_ = false,
       killed_ = false;
};

std::string indented(const std::string& text) {
  std::string out;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    if (end > start) out += "\n  " + text.substr(start, end - start);
    start = end + 1;
  }
  return out;
}

std::string failure_to_start(const std::string& why, const std::string& printed) {
  return fmt::format("mpirun could not start the ranks{}{}", why.empty() ? "" : " (" + why + ")",
                     printed.empty() ? " and printed nothing" : "; it printed:" + indented(printed));
}

/// What ranks have said of themselves, each thing once, amid mpirun's own lines.
std::vector<std::string> lines_of_ranks(const std::string& printed) {
  static const std::string speaker = "mproc: ";
  std::vector<std::string> said;
  std::istringstream lines(printed);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(speaker) && std::ranges::find(said, line.substr(speaker.size())) == said.end())
      said.push_back(line.substr(speaker.size()));
  return said;
}

std::uint32_t ranks_of(const std::optional<Allocation>& allocation, std::uint32_t workers) {
  if (allocation) {
    workers = 0;
    for (const auto& node : allocation->nodes) workers += node.workers;
  }
  return workers + 1;
}

/// Central's host, which is this one, and those of the workers.
void place_on_hosts(const std::vector<Host>& hosts, Mpirun::Request& mpirun, run::Request& request) {
  const auto here = std::ranges::find_if(hosts, [](const Host& host) { return is_here(host.name); });
  mpirun.hosts = {here != hosts.end() ? here->name : base::host_name()};
  request.silence_ns = host_silence;
  request.executors_each.clear();
  request.executors_per_worker = request.executors = 0;  // what slots do not say
  // In one stretch with central's, as mpirun fills hosts.
  if (here != hosts.end()) {
    mpirun.hosts.push_back(here->name);
    request.executors_each.push_back(here->slots);
  }
  for (auto host = hosts.begin(); host != hosts.end(); ++host) {
    if (host == here) continue;
    mpirun.hosts.push_back(host->name);
    request.executors_each.push_back(host->slots);
  }
  mpirun.ranks = static_cast<std::uint32_t>(mpirun.hosts.size());
}

/// Whether it was there. mpirun leaves domains out of its names.
bool leave_out(const std::string& lost, std::vector<Host>& hosts) {
  return std::erase_if(hosts, [&](const Host& host) {
           return host.name == lost || host.name.substr(0, host.name.find('.')) == lost;
         }) > 0;
}

void check_others(const std::vector<Host>& hosts) {
  std::vector<std::string> others;
  for (const Host& host : hosts)
    if (!is_here(host.name)) others.push_back(host.name);
  check_hosts(others);
}

void leave_out_lost_nodes(Mpirun::Request& mpirun, ProgressLine& line) {
  Allocation left = without_lost_nodes(*mpirun.allocation, node_answer_limit);
  for (const auto& node : mpirun.allocation->nodes)
    if (std::ranges::find(left.nodes, node.name, &Allocation::Node::name) == left.nodes.end())
      line.note(
          fmt::format("warning: node {} does not start processes any more: going on without it", node.name));
  mpirun.allocation = std::move(left);
  mpirun.ranks = ranks_of(mpirun.allocation, 0);
}

}  // namespace

run::RunResult launch(run::Request request, const LaunchOptions& options) {
  std::vector<Host> hosts = options.hosts;
  check_others(hosts);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  SignalSource signals;
  ProgressLine line(options.draw_progress);
  const Workspace workspace;
  const auto request_file = workspace.files() / "request";
  const auto control = workspace.files() / "control";
  Mpirun::Request mpirun{ranks_of(options.allocation, options.workers),
                         options.allocation,
                         {},
                         options.launcher,
                         {base::own_program().string(), "rank", request_file.string(), control.string()},
                         workspace.files(),
                         workspace.segments()};
  if (options.allocation) request.silence_ns = host_silence;
  for (std::uint32_t restarts = 0;; ++restarts) {
    std::filesystem::remove(control);
    if (!hosts.empty()) place_on_hosts(hosts, mpirun, request);
    base::write_file_atomically(request_file, run::encode(request));
    if (options.is_requeued && mpirun.allocation && mpirun.allocation->nodes.size() > 1)
      have_batch_node_watched(*mpirun.allocation);
    Attempt attempt(mpirun, base::listen_at(control, SOCK_STREAM), signals, line);
    auto result = attempt.follow();
    if (attempt.killed_by_user())
      return {base::ExitStatus::interrupted, "ended at once; the same command goes on", {}};
    if (attempt.greeted())
      for (const auto& said : lines_of_ranks(attempt.printed())) line.note(said);
    const bool lost = !result || result->ranks_lost;
    if (result && (!lost || restarts >= options.relaunch)) return *result;
    const bool lost_host = leave_out(attempt.lost_host(), hosts);
    const std::string why = lost_host                ? "host " + attempt.lost_host() + " is lost"
                            : !attempt.why().empty() ? attempt.why()
                            : result            ? result->text.substr(0, result->text.find_first_of(";\n"))
                            : attempt.died()    ? "mpirun died"
                            : attempt.greeted() ? "central died"
                                                : "the ranks ended as they started";
    if (const auto status = attempt.drained()) {  // ranks are not wanted again
      if (!result) result = {*status, why + "; the same command goes on where this run stopped", {}};
      result->status = *status;
      return *result;
    }
    if (!attempt.greeted() && (!attempt.worth_repeating() || restarts >= options.relaunch))
      return {base::ExitStatus::incomplete, failure_to_start(attempt.why(), attempt.printed()), {}};
    if (restarts >= options.relaunch || (lost_host && hosts.empty()))
      return {base::ExitStatus::incomplete, fmt::format("{}; the same command goes on", why), {}};
    if (attempt.began()) request.options.fresh = false;  // what it began goes on
    request.options.started_again = why;
    line.note(fmt::format("warning: {}; starting the ranks again{} ({} of {})", why,
                          lost_host ? " without it" : "", restarts + 1, options.relaunch));
    if (mpirun.allocation) leave_out_lost_nodes(mpirun, line);
  }
}

}  // namespace mproc::launch
