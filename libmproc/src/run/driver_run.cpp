#include "mproc/run/driver_run.hpp"

#include <fmt/format.h>

#include <cstring>
#include <deque>

#include "mproc/base/error.hpp"
#include "mproc/base/time.hpp"
#include "mproc/run/item_window.hpp"
#include "mproc/run/outcome_parts.hpp"

namespace mproc::run {
namespace {

constexpr std::size_t untaken_bytes = 64u << 20;  // outcomes that the driver has not taken

base::StageKey key_of(std::uint32_t map) {
  return {base::MapId{map}, {}};
}

job::ItemBatch batch_of(std::uint64_t first, const wire::Items& items, const base::PayloadView& payload) {
  job::ItemBatch batch;
  batch.first = first;
  const std::size_t ends_bytes = items.count * sizeof(std::uint64_t);
  if (items.count > payload.bytes.size() / sizeof(std::uint64_t)) throw base::DecodeError("items cut off");
  batch.ends.resize(items.count);
  if (ends_bytes > 0) std::memcpy(batch.ends.data(), payload.bytes.data(), ends_bytes);
  batch.data = payload.keep(ends_bytes);
  std::uint64_t before = 0;
  for (const std::uint64_t end : batch.ends) {
    if (end < before) throw base::DecodeError("items that overlap");
    before = end;
  }
  if (before != batch.data.size()) throw base::DecodeError("items cut off");
  return batch;
}

}  // namespace

/// A driver's map: items as they come from it, outcomes to it.
class DriverStage : public Stage {
 public:
  DriverStage(std::uint32_t map, DriverLink& link, wire::TaskCounts& counts)
      : map_(map), link_(link), counts_(counts) {}

  void add(const wire::Items& items, const base::PayloadView& payload) {
    auto batch = batch_of(next_item_, items, payload);
    next_item_ += batch.count();
    counts_.given += batch.count();
    arrived_.push_back(std::move(batch));
  }
  void close() { closed_ = true; }
  void cancel() {
    cancelled_ = true;
    arrived_.clear();
  }
  bool is_done() const { return done_ || cancelled_; }
  std::uint64_t under_way() const { return next_item_ - ended_; }

  bool feed(schedule::Scheduler& scheduler) override {
    bool any = false;
    while (!arrived_.empty() && scheduler.pending(key_of(map_)) < scheduler.wanted(key_of(map_)) &&
           link_.backlog() < untaken_bytes) {
      job::ItemBatch batch = std::move(arrived_.front());
      arrived_.pop_front();
      const base::TaskRange tasks{batch.first, batch.count()};
      const std::size_t bytes = batch.data.size();
      window_.add(std::move(batch), tasks.count);
      scheduler.add_tasks(key_of(map_), tasks, bytes);
      any = true;
    }
    if (!closed_ || !arrived_.empty() || told_closed_) return any;
    told_closed_ = true;
    scheduler.close_stage(key_of(map_));
    return true;
  }
  base::SharedBytes share_items(base::TaskRange tasks) override { return window_.share(tasks); }
  void copy_items(base::TaskRange tasks, base::Bytes& to) const override { window_.copy(tasks, to); }
  void take(Outcomes outcomes) override {
    const std::uint64_t ended = outcomes.tasks.count - outcomes.retried.size();
    ended_ += ended;
    counts_.failed += outcomes.failures.size();
    counts_.succeeded += ended - outcomes.failures.size();
    counts_.retried += outcomes.retried.size();
    for_each_final(outcomes, [&](const base::PayloadView& block, base::TaskRange tasks) {
      send(outcomes.origin, block, tasks);
    });
  }
  void attempt_lost(std::uint64_t, const base::Failure&) override { ++counts_.retried; }
  void done() override { done_ = true; }

 private:
  void send(const journal::Origin& origin, const base::PayloadView& block, base::TaskRange tasks) {
    window_.finished(tasks);
    if (cancelled_) return;
    const wire::TaskOutcomes message{map_, origin.rank, origin.host};
    link_.send(wire::encode_head(message, block.shared != nullptr ? 0 : block.bytes.size()), block);
  }

  std::uint32_t map_;
  DriverLink& link_;
  wire::TaskCounts& counts_;
  std::deque<job::ItemBatch> arrived_;
  ItemWindow window_;
  std::uint64_t next_item_ = 0, ended_ = 0;
  bool closed_ = false, told_closed_ = false, cancelled_ = false, done_ = false;
};

DriverRun::DriverRun(DriverLink& link, const Central::Environment& environment,
                     std::vector<std::pair<std::string, std::string>> variables)
    : link_(link),
      observer_(environment.observer),
      recycle_(environment.recycle),
      central_(environment, std::move(variables), *this),
      started_ns_(base::monotonic_ns()) {
  central_.start();
}

DriverRun::~DriverRun() = default;

bool DriverRun::step(bool descriptors) {
  bool any = false;
  while (const auto message = link_.front()) {
    if (finished_) break;
    handle(*message);
    link_.pop();
    any = true;
  }
  if (!finished_) any |= central_.step(descriptors);
  if (finished_) return any;
  for (auto stage = stages_.begin(); stage != stages_.end();) {
    const auto next = std::next(stage);
    if (stage->second->is_done()) {
      tell(wire::MapDone{stage->first});
      central_.forget(base::MapId{stage->first});
      stages_.erase(stage);
    }
    stage = next;
  }
  report_crew();
  if (link_.closed()) finish(base::ExitStatus::success, "");
  const std::int64_t now = base::monotonic_ns();
  if (!finished_ && now - last_beat_ns_ >= base::second_ns) {
    last_beat_ns_ = now;
    Progress progress;
    progress.running = central_.outstanding();
    progress.workers = central_.workers();
    progress.executors = central_.executors();
    progress.seconds = static_cast<double>(now - started_ns_) / 1e9;
    observer_.progress(progress);
  }
  link_.flush();
  return any;
}

void DriverRun::handle(const DriverLink::Message& message) {
  const auto parts = wire::split(message.bytes);
  switch (parts.type) {
    case wire::Type::driver_init:
      return central_.init(wire::decode<wire::DriverInit>(parts).block);
    case wire::Type::share:
      return share(wire::decode<wire::Share>(parts));
    case wire::Type::forget:
      return central_.unshare(wire::decode<wire::Forget>(parts).name);
    case wire::Type::open_map:
      return open(wire::decode<wire::OpenMap>(parts));
    case wire::Type::items: {
      const auto items = wire::decode<wire::Items>(parts);
      if (auto* to = stage(items.map)) to->add(items, wire::payload_of(parts, message.payload));
      return;
    }
    case wire::Type::close_map:
      if (auto* closed = stage(wire::decode<wire::CloseMap>(parts).map)) closed->close();
      return;
    case wire::Type::cancel_map: {
      const auto cancel = wire::decode<wire::CancelMap>(parts);
      auto* cancelled = stage(cancel.map);
      if (cancelled == nullptr) return;
      cancelled->cancel();
      return central_.cancel(key_of(cancel.map), cancel.end);
    }
    case wire::Type::ask_state:
      return report_state();
    default:
      throw base::DecodeError("message that is not for a session");
  }
}

void DriverRun::share(const wire::Share& message) {
  auto memory = base::NodeMemory::open(message.memory);
  if (!memory || memory->size() != message.array.bytes())
    return finish(base::ExitStatus::incomplete,
                  fmt::format("the driver's array '{}' cannot be opened through /proc", message.array.name));
  central_.share(message.array, std::make_shared<const base::NodeMemory>(std::move(*memory)));
  tell(wire::ShareTaken{});
}

void DriverRun::open(const wire::OpenMap& message) {
  const std::uint32_t map = message.spec.map;
  if (stages_.contains(map)) throw base::DecodeError(fmt::format("map {} is open already", map));
  central_.prepare(message.spec);
  auto& stage = stages_[map] = std::make_unique<DriverStage>(map, link_, counts_);
  central_.open(key_of(map), {message.retries, message.lost_retries, message.chunk, recycle_}, *stage);
  if (message.has_total) central_.set_total(key_of(map), message.total);
}

DriverStage* DriverRun::stage(std::uint32_t map) {
  const auto found = stages_.find(map);
  return found == stages_.end() ? nullptr : found->second.get();
}

void DriverRun::report_crew() {
  const wire::Crew now{static_cast<std::uint32_t>(central_.hopeful_workers()), central_.executors()};
  if (now.workers == crew_.workers && now.executors == crew_.executors) return;
  crew_ = now;
  tell(crew_);
}

void DriverRun::report_state() {
  wire::SessionState state = central_.state();
  state.tasks = counts_;
  for (const auto& [map, stage] : stages_)
    if (!stage->is_done()) state.tasks.under_way += stage->under_way();
  state.up_ns = base::monotonic_ns() - started_ns_;
  tell(state);
}

void DriverRun::on_setup_failed(base::Rank rank, const std::string&, const base::Failure& failure,
                                std::size_t left) {
  tell(wire::DriverSetupFailed{rank.value, failure});
  if (left == 0 && !finished_) finish(base::ExitStatus::incomplete, failure.summary());
}

void DriverRun::on_no_worker(const std::string& why) {
  finish(base::ExitStatus::incomplete, why);
}

void DriverRun::drain(base::ExitStatus status) {
  if (!finished_) finish(status, "the session was ended");
}

void DriverRun::finish(base::ExitStatus status, const std::string& text) {
  finished_ = true;
  if (!text.empty()) tell(wire::Warning{text});
  link_.flush();
  central_.stop();
  result_.status = status;
  result_.text = text;
}

}  // namespace mproc::run
