#include "mproc/run/job_run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <random>
#include <tuple>

#include "mproc/base/fd.hpp"
#include "mproc/base/time.hpp"
#include "mproc/run/crossval_output.hpp"
#include "mproc/run/output.hpp"

namespace mproc::run {
namespace {

constexpr std::int64_t look_interval = base::second_ns / 10;
constexpr std::size_t most_compared = 1u << 20;  // bytes of an item that goes to every rank

std::uint64_t draw_seed() {
  return std::random_device{}() | std::uint64_t{std::random_device{}()} << 32;
}

std::string plural(std::uint64_t n, const char* noun) {
  return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

std::string duration(double seconds) {
  if (seconds < 120) return fmt::format("{:.1f} s", seconds);
  const auto s = static_cast<std::uint64_t>(seconds);
  return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

/// A failure of the user's code as lines for the terminal.
std::string lines_of(std::string text, const base::Failure& failure) {
  if (!failure.traceback.empty()) text += "\n" + failure.traceback;
  text.erase(text.find_last_not_of('\n') + 1);
  return text;
}

std::string setup_text(const job::Job& job, base::Rank rank, const std::string& host,
                       const base::Failure& failure) {
  std::string text = failure.summary();
  if (failure.kind != base::FailureKind::init) return text;
  return fmt::format("{} on rank {} ({}): {}",
                     job.init.empty() ? "no executor can start" : "init code failed", rank.value, host, text);
}

}  // namespace

JobRun::JobRun(const job::Job& job, const std::vector<LoadedArray>& data, Plan plan, RunOptions options,
               std::unique_ptr<ItemFeed> feed, const Central::Environment& environment,
               std::function<void()> wake)
    : job_(job),
      plan_(std::move(plan)),
      options_(std::move(options)),
      feed_(std::move(feed)),
      observer_(environment.observer),
      wake_(std::move(wake)),
      tally_(job.run.max_failures, !plan_.index || plan_.index->extent(only_stage) == 0),
      stage_(only_stage, options_, plan_.index.get(), *feed_, recorder_, tally_,
             [this] { check_failures(); }),
      central_(environment, executor_environment(job), *this),
      started_ns_(base::monotonic_ns()) {
  constexpr auto never = std::numeric_limits<std::int64_t>::max();
  std::int64_t end = options_.end_ns > 0 ? options_.end_ns : never;
  if (job.run.walltime)
    end = std::min(end, options_.began_ns + std::chrono::nanoseconds(*job.run.walltime).count());
  if (end != never) walltime_.emplace(end, job.run.grace);
  for (const auto& [array, memory] : data) central_.share(array, memory);  // init code may use them
  for (const auto& block : job_.init) central_.init(block);
  prepare();
}

/// With the first item at hand, which the function's signature is compared with.
void JobRun::prepare() {
  if (!provenance_.empty() || stage_.first_item().empty()) return;
  const base::ByteView first = stage_.first_item();
  job::MapSpec spec = job::map_spec(
      job_, std::string(first.size() <= most_compared ? base::text(first) : std::string_view()));
  if (plan_.kind == Plan::Kind::go_on) {
    provenance_ = renewed_provenance(plan_.run->job_json(), job_);
    spec.seed = job::Json::parse(provenance_).value("seed", std::uint64_t{0});
  } else {
    if (!spec.has_seed) spec.seed = draw_seed();
    provenance_ = provenance(job_, spec.seed);
  }
  central_.prepare(spec);
  central_.start();
}

bool JobRun::step(bool descriptors) {
  bool any = feed_->step(true);
  try {
    any |= central_.step(descriptors);
    if (!finished_ && !recorder_.begun()) {
      any |= stage_.look_ahead();
      prepare();
      if (can_begin()) begin();
    }
  } catch (const base::UserError& e) {
    fail(base::ExitStatus::usage, e.what());
  }
  if (!finished_) keep_house();
  return any;
}

/// Only when code has loaded is it sure that there is anything to record.
bool JobRun::can_begin() const {
  return central_.executors() > 0 && !feed_->failure() && !drain_deadline_;
}

void JobRun::begin() {
  try {
    recorder_.begin(job_, plan_, options_, provenance_, wake_);
  } catch (const base::UserError& e) {
    return fail(base::ExitStatus::usage, e.what());
  } catch (const std::exception& e) {
    return fail(base::ExitStatus::incomplete, e.what());
  }
  const std::string& why = options_.started_again;
  recorder_.event(fmt::format("begun by pid {} on {}{}", ::getpid(), base::host_name(),
                              why.empty() ? "" : fmt::format(", again: {}", why)));
  observer_.began();
  for (const auto& text : early_events_) recorder_.event(text);
  warn_of_setups();
  central_.open(only_stage, stage_options(), stage_);
  if (const auto count = stage_.to_do()) central_.set_total(only_stage, *count);
  last_beat_ns_ = 0;  // a status from the first moment
  if (options_.time_limit.count() > 0) time_limit_ns_ = base::monotonic_ns() + options_.time_limit.count();
}

schedule::StageOptions JobRun::stage_options() const {
  return {job_.task.retries, job_.task.lost_retries, job_.run.chunk, job_.run.recycle};
}

/// Opens the next one where there is one, once all that it is made of is in the journal.
bool JobRun::all_stages_done() {
  if (!(later_.empty() ? stage_ : later_.back()->stage).is_done()) return false;
  if (!(job_.fresh || job_.crossval) || !options_.tasks.empty() || drain_deadline_) return true;
  if (recorder_.backlog() > 0) return false;
  try {
    const journal::Index index(recorder_.directory());
    auto next = later_stage(job_, 1 + later_.size(), index, stage_.items());
    if (!next) return true;
    open_later(std::move(*next));
  } catch (const base::UserError& e) {
    fail(base::ExitStatus::usage, e.what());
  }
  return false;
}

void JobRun::open_later(LaterStage next) {
  auto feed = feed_from(next.items());
  ItemFeed& items = *feed;
  later_.emplace_back(new Later{next.key, std::move(feed),
                                JobStage(next.key, options_, plan_.index.get(), items, recorder_, tally_,
                                         [this] { check_failures(); })});
  next.spec.seed = job::Json::parse(provenance_).value("seed", std::uint64_t{0});
  central_.prepare(next.spec);
  central_.open(next.key, stage_options(), later_.back()->stage);
  central_.set_total(next.key, next.tasks);
}

void JobRun::on_setup_failed(base::Rank rank, const std::string& host, const base::Failure& failure,
                             std::size_t left) {
  const std::string text = setup_text(job_, rank, host, failure);
  const std::string warning =
      lines_of(fmt::format("{}; going on without rank {}", text, rank.value), failure);
  if (recorder_.begun()) {
    observer_.warning(warning);
    recorder_.event(warning);
    if (left > 0) return;
    if (drain_deadline_) return finish_drain();  // what ran was to end anyway
    return fail(base::ExitStatus::incomplete, "no executor is left; the same command goes on");
  }
  // What is not there, or has no room, is asked for in vain. Of code, what fails everywhere is the job's
  // fault, what fails on some nodes is theirs: the others will tell.
  if (failure.kind != base::FailureKind::init) return fail(base::ExitStatus::usage, lines_of(text, failure));
  if (setup_error_.empty()) setup_error_ = lines_of(text, failure);
  setup_warnings_.push_back(warning);
  if (left == 0) fail(base::ExitStatus::usage, setup_error_);
}

void JobRun::on_event(const std::string& text) {
  if (recorder_.begun()) return recorder_.event(text);
  early_events_.push_back(text);
}

void JobRun::warn_of_setups() {
  for (const auto& warning : setup_warnings_) {
    observer_.warning(warning);
    if (recorder_.begun()) recorder_.event(warning);
  }
}

void JobRun::on_no_worker(const std::string& why) {
  if (drain_deadline_) return finish_drain();  // what ran was to end anyway
  if (!recorder_.begun()) warn_of_setups();
  fail(base::ExitStatus::incomplete, why + "; the same command goes on");
  result_.ranks_lost = true;
}

void JobRun::drain(base::ExitStatus status) {
  if (finished_) return;
  if (!drain_deadline_ || status == base::ExitStatus::interrupted) drain_status_ = status;
  std::chrono::nanoseconds patience = job_.run.grace;
  if (options_.kill_wait.count() > 0)
    patience = std::clamp(options_.kill_wait - Walltime::to_leave, std::chrono::nanoseconds(0), patience);
  const std::int64_t deadline = base::monotonic_ns() + patience.count();
  if (!drain_deadline_) {
    recorder_.event(drain_status_ == base::ExitStatus::interrupted ? "interrupted: running tasks may end"
                                                                   : "stopping: running tasks may end");
    central_.drain();
  }
  drain_deadline_ = std::min(deadline, drain_deadline_.value_or(deadline));
}

void JobRun::keep_house() {
  check_limits();
  if (finished_) return;
  const std::int64_t now = base::monotonic_ns();
  check_time(now);
  if (drain_deadline_ && (now > *drain_deadline_ || central_.outstanding() == 0)) return finish_drain();
  if (all_stages_done()) return finish("finished", base::ExitStatus::success, "");
  if (finished_) return;
  if (now - last_beat_ns_ < base::second_ns) return;
  last_beat_ns_ = now;
  const Progress now_at = progress();
  observer_.progress(now_at);
  try {
    recorder_.beat(now_at, drain_deadline_ ? "draining" : "running");
  } catch (const base::SystemError& e) {
    fail(base::ExitStatus::incomplete, fmt::format("{}; the same command goes on", e.what()));
  }
}

void JobRun::check_time(std::int64_t now) {
  if (drain_deadline_) return;
  if (time_limit_ns_ && now > *time_limit_ns_) return drain(base::ExitStatus::drained);
  if (!walltime_ || now < next_look_ns_) return;
  next_look_ns_ = now + look_interval;
  const std::int64_t task = central_.task_time();
  if (!walltime_->is_due(now, task)) return;
  const auto seconds = [](std::int64_t ns) { return duration(std::max(static_cast<double>(ns) / 1e9, 0.0)); };
  observer_.note(fmt::format("walltime: tasks may run for {} more and take up to {}: no more are started",
                             seconds(walltime_->last() - now), seconds(task)));
  drain(base::ExitStatus::drained);
  drain_deadline_ = walltime_->last();
}

void JobRun::finish_drain() {
  // It may have come when the last tasks ran: then nothing is left to go on with.
  const Progress now = progress();
  if (now.total && now.succeeded + now.failed == *now.total)
    return finish("finished", base::ExitStatus::success, "");
  const bool interrupted = drain_status_ == base::ExitStatus::interrupted;
  finish(interrupted ? "interrupted" : "drained", drain_status_, "");
}

void JobRun::check_limits() {
  if (const auto error = recorder_.error(); !error.empty())
    return fail(base::ExitStatus::incomplete, fmt::format("{}; the same command goes on", error));
  if (const auto& failure = feed_->failure())
    return fail(base::ExitStatus::usage,
                lines_of("the item generator failed: " + failure->summary(), *failure));
  if (!recorder_.begun() && feed_->exhausted() && stage_.first_item().empty())
    return fail(base::ExitStatus::usage,
                fmt::format("{}: the item generator gave no items", job_.document.name()));
}

/// Right after a failure: what else has come already is not looked at once there were too many.
void JobRun::check_failures() {
  if (finished_) return;
  if (const auto reason = tally_.reason_to_stop(stage_.total().value_or(0)); !reason.empty())
    finish("stopped", base::ExitStatus::task_failed, "stopped: " + reason);
}

Progress JobRun::progress() const {
  Progress p;
  p.total = stage_.total();
  p.succeeded = stage_.succeeded_before() + tally_.succeeded();
  p.failed = stage_.failed_before() + tally_.failed();
  p.done_before = stage_.succeeded_before() + stage_.failed_before();
  for (const auto& later : later_) {
    if (p.total) *p.total += later->stage.total().value_or(0);
    p.succeeded += later->stage.succeeded_before();
    p.failed += later->stage.failed_before();
    p.done_before += later->stage.succeeded_before() + later->stage.failed_before();
  }
  p.running = central_.outstanding();
  p.workers = central_.workers();
  p.executors = central_.executors();
  p.seconds = static_cast<double>(base::monotonic_ns() - started_ns_) / 1e9;
  return p;
}

void JobRun::finish(const std::string& state, base::ExitStatus status, const std::string& text) {
  finished_ = true;
  observer_.ending();
  central_.stop();
  if (!recorder_.begun()) {
    result_ = {status, text.empty() ? "stopped before any task ran" : text, {}};
    return;
  }
  std::string lines;
  const auto add_line = [&](const std::string& line) { lines += (lines.empty() ? "" : "\n") + line; };
  if (!text.empty()) add_line(text);
  Progress end = progress();
  bool complete = false, rendered = false;
  FailureGroups failures;
  const bool render = !output_paths(job_).empty() && !options_.no_output;
  try {
    recorder_.event(text.empty() ? state : text);
    recorder_.end(state, end);
    const journal::Index index(recorder_.directory());
    std::vector<base::StageKey> stages{only_stage};
    for (const auto& later : later_) stages.push_back(later->key);
    std::tie(end.succeeded, end.failed) = outcomes_of(index, stages);
    failures = FailureGroups::of(index, stages);  // of earlier sessions too
    const journal::ItemsRecord items = index.items().value_or(journal::ItemsRecord{});
    complete = items.complete && index.succeeded(only_stage) + index.failed(only_stage) == items.count &&
               stage_.total().value_or(items.count) == items.count;
    if (complete) complete = stages_complete(job_, index, items.count);
    if (complete && render) {
      if (const auto line = write_output(job_, recorder_.directory(), index, items.count); !line.empty())
        add_line(line);
      rendered = true;
    }
    if (complete && job_.crossval) add_line(crossval_summary(job_, index));
  } catch (const base::UserError& e) {
    if (e.what() != text) add_line(e.what());  // a later stage's error ended the run, and is met again
    status = base::ExitStatus::usage;
  } catch (const std::exception& e) {
    const std::string line = fmt::format("{}; the same command goes on", e.what());
    if (line != text) add_line(line);  // the disk's error ended the run, and is met again
    status = base::ExitStatus::incomplete;
  }
  if (status == base::ExitStatus::success && end.failed > 0) status = base::ExitStatus::task_failed;
  add_line(summary(end, failures, complete, rendered, status));
  result_.complete = complete;
  result_.status = status;
  result_.text = lines;
  result_.directory = recorder_.directory().path();
}

std::string JobRun::summary(const Progress& end, const FailureGroups& failures, bool complete, bool rendered,
                            base::ExitStatus status) const {
  std::string text = fmt::format("{} of {} done: {} succeeded, {} failed, in {}", end.succeeded + end.failed,
                                 end.total ? plural(*end.total, "task") : "the tasks", end.succeeded,
                                 end.failed, duration(end.seconds));
  const std::string directory = recorder_.directory().path();
  for (const auto& line : failures.lines()) text += "\n  " + line;
  if (const auto task = failures.first_task())
    text += fmt::format("\n  see: mproc log {} {}", directory, *task);
  const std::string files = rendered ? output_line(job_) : std::string();
  text += fmt::format("\n{}{}run: {}", files, files.empty() ? "" : "   ", directory);
  if (!complete && (status == base::ExitStatus::drained || status == base::ExitStatus::interrupted))
    text += "\nthe same command goes on where this run stopped";
  if (complete && end.failed > 0) text += "\n--retry-failed runs the failed tasks again";
  return text;
}

void JobRun::fail(base::ExitStatus status, const std::string& text) {
  if (finished_) return;
  finish(status == base::ExitStatus::usage ? "stopped" : "incomplete", status, text);
}

}  // namespace mproc::run
