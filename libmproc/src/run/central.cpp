#include "mproc/run/central.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <random>

#include "mproc/base/time.hpp"

namespace mproc::run {
namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t silence_ns = 60 * second;  // of a worker on another host, with a heartbeat every ten
constexpr int messages_per_step = 256;

std::uint64_t draw_seed() {
  return std::random_device{}() | std::uint64_t{std::random_device{}()} << 32;
}

}  // namespace

Central::Central(const job::Job& job, Plan plan, RunOptions options, std::unique_ptr<ItemFeed> feed,
                 Environment environment)
    : job_(job),
      plan_(std::move(plan)),
      options_(std::move(options)),
      feed_(std::move(feed)),
      env_(std::move(environment)),
      tally_(job.run.max_failures),
      started_ns_(base::monotonic_ns()) {
  selection_end_ = options_.tasks.empty() ? std::numeric_limits<std::uint64_t>::max() : 0;
  for (const auto& range : options_.tasks) selection_end_ = std::max(selection_end_, range.end());
  const auto count = feed_->count();
  for (const auto& range : options_.tasks)
    MPROC_CHECK(!count || range.first < *count, "--tasks {}: the job has {} tasks, numbered from 0",
                range.first, *count);
  feed_->poll(ahead_, 1, 1);
  std::string first;
  if (ahead_.count() > 0) first = base::text(ahead_.item(0));
  spec_ = job::map_spec(job_, first);
  if (plan_.kind == Plan::Kind::go_on) {
    provenance_ = plan_.run->job_json();
    spec_.seed = job::Json::parse(provenance_).value("seed", std::uint64_t{0});
  } else {
    if (!spec_.has_seed) spec_.seed = draw_seed();
    provenance_ = provenance(job_, spec_.seed);
  }
}

std::vector<base::Rank> Central::peers() const {
  std::vector<base::Rank> ranks;
  for (const auto& [rank, worker] : workers_) ranks.push_back(rank);
  return ranks;
}

bool Central::step(bool descriptors) {
  bool any = false;
  for (int i = 0; i < messages_per_step && !finished_; ++i) {
    const auto message = env_.channel.receive();
    if (!message) break;
    handle(*message);
    any = true;
  }
  if (descriptors && !finished_) any |= lose_dead_workers();
  if (!finished_ && !recorder_.begun() && can_begin()) begin();
  if (!finished_) any |= read_items();
  if (!finished_) carry_out_actions();
  if (!finished_) keep_house();
  return any;
}

void Central::handle(const comm::Message& message) {
  const auto parts = wire::split(message.body);
  if (parts.type == wire::Type::hello) return greet(message.from, wire::decode<wire::Hello>(parts));
  const auto worker = workers_.find(message.from);
  if (worker == workers_.end()) return;  // lost; its last words come late
  worker->second.heard_ns = base::monotonic_ns();
  switch (parts.type) {
    case wire::Type::slots:
      return on_slots(message.from, wire::decode<wire::Slots>(parts).ready);
    case wire::Type::setup_failed:
      return on_setup_failed(message.from, wire::decode<wire::SetupFailed>(parts).failure);
    case wire::Type::block:
      return on_block(message.from, wire::decode<wire::Block>(parts), parts.payload);
    case wire::Type::taken_back: {
      const auto back = wire::decode<wire::TakenBack>(parts);
      const base::ChunkId id{back.chunk};
      if (scheduler_.taken_back(message.from, id, {back.first, back.count}))
        if (const auto chunk = chunks_.find(id); chunk != chunks_.end())
          close_tasks(chunk->second, id, back.count);
      return;
    }
    case wire::Type::chunk_lost:
      return on_chunk_lost(message.from, wire::decode<wire::ChunkLost>(parts));
    case wire::Type::heartbeat:
      return;
    default:
      throw base::DecodeError("message that is not for central");
  }
}

void Central::greet(base::Rank rank, const wire::Hello& hello) {
  WorkerState& worker = workers_[rank];
  worker.hello = hello;
  worker.heard_ns = base::monotonic_ns();
  if (const auto pid = env_.channel.local_pid(rank)) {
    worker.pidfd = base::open_pidfd(*pid);
    if (worker.pidfd) env_.watcher.add(worker.pidfd.get());
  }
  if (drain_deadline_) return;
  for (const auto& block : job_.init) tell(rank, wire::Init{block});
  tell(rank, wire::Map{spec_});
  tell(rank, wire::Setup{executor_environment(job_), env_.executors_per_worker});
}

void Central::on_slots(base::Rank rank, std::uint32_t ready) {
  workers_.at(rank).executors = ready;
  if (recorder_.begun()) scheduler_.worker_ready(rank, ready);
}

/// Only when code has loaded and the first item is there is it sure that there is anything to record.
bool Central::can_begin() const {
  const bool some_ready =
      std::any_of(workers_.begin(), workers_.end(), [](const auto& w) { return w.second.executors > 0; });
  return some_ready && (ahead_.count() > 0 || feed_->exhausted()) && !feed_->failure() && !drain_deadline_;
}

void Central::begin() {
  if (ahead_.count() == 0)
    return fail(base::ExitStatus::usage,
                fmt::format("{}: the item generator gave no items", job_.document.name()));
  try {
    recorder_.begin(job_, plan_, options_, provenance_, env_.wake);
  } catch (const base::UserError& e) {
    return fail(base::ExitStatus::usage, e.what());
  } catch (const std::exception& e) {
    return fail(base::ExitStatus::incomplete, e.what());
  }
  scheduler_.open_stage({}, {job_.task.retries, job_.task.lost_retries, job_.run.chunk});
  if (const auto count = feed_->count(); count && options_.tasks.empty()) {
    const std::uint64_t done = plan_.index ? plan_.index->succeeded({}) : 0;
    scheduler_.set_total({}, *count - std::min(done, *count));
  }
  for (const auto& [rank, worker] : workers_) scheduler_.worker_ready(rank, worker.executors);
}

void Central::on_setup_failed(base::Rank rank, const base::Failure& failure) {
  WorkerState& worker = workers_.at(rank);
  worker.set_up = false;
  std::string text = failure.summary();
  if (failure.kind == base::FailureKind::init)
    text = fmt::format("init code failed on rank {} ({}): {}", rank.value, worker.hello.host, text);
  if (!failure.traceback.empty()) text += "\n" + failure.traceback;
  text.erase(text.find_last_not_of('\n') + 1);
  if (!recorder_.begun()) return fail(base::ExitStatus::usage, text);
  env_.observer.warning(fmt::format("{}; going on without rank {}", text, rank.value));
  worker.executors = 0;
  scheduler_.worker_ready(rank, 0);
  const bool some_left =
      std::any_of(workers_.begin(), workers_.end(), [](const auto& w) { return w.second.set_up; });
  if (!some_left) fail(base::ExitStatus::incomplete, "no executor is left; the same command goes on");
}

bool Central::lose_dead_workers() {
  std::vector<base::Rank> dead;
  for (const auto& [rank, worker] : workers_)
    if (worker.pidfd && base::has_ended(worker.pidfd)) dead.push_back(rank);
  for (const base::Rank rank : dead) lose(rank, "its process died");
  return !dead.empty();
}

void Central::lose(base::Rank rank, const std::string& why) {
  const auto worker = workers_.extract(rank);
  lossy_ = true;
  if (worker.mapped().pidfd) env_.watcher.remove(worker.mapped().pidfd.get());
  env_.channel.forget(rank);
  std::erase_if(chunks_, [&](const auto& chunk) { return chunk.second.worker == rank; });
  scheduler_.worker_lost(rank, {});
  env_.observer.warning(fmt::format("rank {} on {} is lost ({}); its tasks run elsewhere", rank.value,
                                    worker.mapped().hello.host, why));
  if (workers_.empty() && !finished_) lose_all("no worker rank is left");
}

void Central::lose_all(const std::string& why) {
  fail(base::ExitStatus::incomplete, why + "; the same command goes on");
  result_.ranks_lost = true;
}

void Central::drain(base::ExitStatus status) {
  if (drain_deadline_ || finished_) return;
  drain_status_ = status;
  drain_deadline_ = base::monotonic_ns() + std::chrono::nanoseconds(job_.run.grace).count();
  scheduler_.drain();
  for (const auto& [rank, worker] : workers_) tell(rank, wire::Drain{});
}

void Central::keep_house() {
  check_limits();
  if (finished_) return;
  const std::int64_t now = base::monotonic_ns();
  if (drain_deadline_ && (now > *drain_deadline_ || scheduler_.outstanding() == 0)) {
    const bool interrupted = drain_status_ == base::ExitStatus::interrupted;
    return finish(interrupted ? "interrupted" : "drained", drain_status_, "");
  }
  if (stage_done_) return finish("finished", base::ExitStatus::success, "");
  if (now - last_beat_ns_ < second) return;
  last_beat_ns_ = now;
  if (workers_.empty() && now - started_ns_ > silence_ns)
    return lose_all("no worker rank has come within a minute");
  std::vector<base::Rank> silent;
  for (const auto& [rank, worker] : workers_) {
    if (worker.pidfd) continue;
    tell(rank, wire::Heartbeat{});
    if (env_.watch_silence && now - worker.heard_ns > silence_ns) silent.push_back(rank);
  }
  for (const base::Rank rank : silent) lose(rank, "nothing heard from it for a minute");
  if (finished_) return;
  const Progress now_at = progress();
  env_.observer.progress(now_at);
  try {
    recorder_.beat(now_at, drain_deadline_ ? "draining" : "running");
  } catch (const base::SystemError& e) {
    fail(base::ExitStatus::incomplete, fmt::format("{}; the same command goes on", e.what()));
  }
}

void Central::check_limits() {
  if (const auto error = recorder_.error(); !error.empty())
    return fail(base::ExitStatus::incomplete, fmt::format("{}; the same command goes on", error));
  if (const auto& failure = feed_->failure()) {
    std::string text = "the item generator failed: " + failure->summary();
    if (!failure->traceback.empty()) text += "\n" + failure->traceback;
    text.erase(text.find_last_not_of('\n') + 1);
    return fail(base::ExitStatus::usage, text);
  }
  if (const auto reason = tally_.reason_to_stop(feed_->count().value_or(0)); !reason.empty())
    finish("stopped", base::ExitStatus::task_failed, "stopped: " + reason);
}

Progress Central::progress() const {
  Progress p;
  p.total = items_complete_ ? std::optional(next_item_) : feed_->count();
  const std::uint64_t before = plan_.index ? plan_.index->succeeded({}) : 0;
  p.succeeded = before + tally_.succeeded();
  p.failed = tally_.failed() + (plan_.index && !options_.retry_failed ? plan_.index->failed({}) : 0);
  p.running = scheduler_.outstanding();
  p.workers = static_cast<std::uint32_t>(workers_.size());
  for (const auto& [rank, worker] : workers_) p.executors += worker.executors;
  p.seconds = static_cast<double>(base::monotonic_ns() - started_ns_) / 1e9;
  return p;
}

}  // namespace mproc::run
