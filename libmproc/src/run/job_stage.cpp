#include "mproc/run/job_stage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "mproc/base/error.hpp"
#include "mproc/base/time.hpp"
#include "mproc/run/outcome_parts.hpp"

namespace mproc::run {
namespace {

constexpr std::size_t window_bytes = 256u << 20;   // items held in memory
constexpr std::size_t backlog_bytes = 256u << 20;  // outcomes that wait for the disk
constexpr std::size_t batch_bytes = 4u << 20;
constexpr std::uint64_t smallest_batch = 1024;
constexpr std::int64_t longest_feed_ns = 50'000'000;

}  // namespace

JobStage::JobStage(base::StageKey key, const RunOptions& options, const journal::Index* before,
                   ItemFeed& feed, Recorder& recorder, Tally& tally, std::function<void()> on_failures)
    : key_(key),
      options_(options),
      before_(before),
      feed_(feed),
      recorder_(recorder),
      tally_(tally),
      on_failures_(std::move(on_failures)) {
  if (before_ != nullptr && key_ == only_stage)
    items_before_ = before_->items().value_or(journal::ItemsRecord{});
  selection_end_ = options_.tasks.empty() ? std::numeric_limits<std::uint64_t>::max() : 0;
  for (const auto& range : options_.tasks) selection_end_ = std::max(selection_end_, range.end());
  const auto count = feed_.count();
  for (const auto& range : options_.tasks)
    MPROC_CHECK(!count || range.first < *count, "--tasks {}: the job has {} tasks, numbered from 0",
                range.first, *count);
  look_ahead();
}

bool JobStage::look_ahead() {
  return ahead_.count() == 0 && feed_.poll(ahead_, smallest_batch, batch_bytes);
}

base::ByteView JobStage::first_item() const {
  return ahead_.count() > 0 ? ahead_.item(0) : base::ByteView();
}

std::optional<std::uint64_t> JobStage::total() const {
  return items_complete_ ? std::optional(next_item_) : feed_.count();
}

std::optional<std::uint64_t> JobStage::to_do() const {
  const auto count = feed_.count();
  if (!count || !options_.tasks.empty()) return std::nullopt;
  return *count - std::min(succeeded_before() + failed_before(), *count);
}

std::uint64_t JobStage::failed_before() const {
  return before_ != nullptr && !options_.retry_failed ? before_->failed(key_) : 0;
}

bool JobStage::is_todo(std::uint64_t task) const {
  if (!options_.tasks.empty() &&
      std::none_of(options_.tasks.begin(), options_.tasks.end(),
                   [&](const base::TaskRange& r) { return task >= r.first && task < r.end(); }))
    return false;
  if (before_ == nullptr) return true;
  const auto state = before_->state(key_, task);
  return state == journal::Index::State::pending ||
         (state == journal::Index::State::failed && options_.retry_failed);
}

bool JobStage::feed(schedule::Scheduler& scheduler) {
  if (closed_) return false;
  bool any = false;
  // Items whose tasks are done fill no queue: without an end to it, tens of millions keep central from all
  // else.
  const std::int64_t deadline = base::monotonic_ns() + longest_feed_ns;
  while (next_item_ < selection_end_ && scheduler.pending(key_) < scheduler.wanted(key_) &&
         window_.bytes() < window_bytes && recorder_.backlog() < backlog_bytes &&
         base::monotonic_ns() < deadline) {
    job::ItemBatch batch = std::move(ahead_);
    ahead_ = {};
    batch.first = next_item_;
    const std::uint64_t wanted = std::max(smallest_batch, scheduler.wanted(key_));
    const std::uint64_t limit = std::max<std::uint64_t>(1, selection_end_ - next_item_);
    if (batch.count() == 0 && !feed_.poll(batch, std::min(wanted, limit), batch_bytes)) break;
    any = true;
    add_tasks(scheduler, std::move(batch));
  }
  items_complete_ = feed_.exhausted() && ahead_.count() == 0;
  if (items_complete_ || next_item_ >= selection_end_) {
    closed_ = any = true;
    if (items_complete_ && next_item_ < items_before_.count) refuse_items();
    note_items();
    scheduler.close_stage(key_);
  }
  return any;
}

void JobStage::add_tasks(schedule::Scheduler& scheduler, job::ItemBatch batch) {
  std::vector<base::TaskRange> ranges;
  std::uint64_t todo = 0;
  for (std::uint64_t i = 0; i < batch.count(); ++i) {
    hash_.add(batch.item(i));
    const std::uint64_t task = batch.first + i;
    if (task + 1 == items_before_.count && hash_.value() != items_before_.hash) refuse_items();
    if (!is_todo(task)) continue;
    ++todo;
    if (!ranges.empty() && ranges.back().end() == task)
      ++ranges.back().count;
    else
      ranges.push_back({task, 1});
  }
  next_item_ += batch.count();
  note_items();
  const std::uint64_t bytes_per_item = batch.data.size() / std::max<std::uint64_t>(1, batch.count());
  window_.add(std::move(batch), todo);
  for (const auto& range : ranges) scheduler.add_tasks(key_, range, range.count * bytes_per_item);
}

/// What the run knows of its items never shrinks: until all that earlier sessions read have come again, there
/// is nothing to add. Those of a later stage follow from the results before it.
void JobStage::note_items() {
  if (key_ == only_stage && next_item_ >= items_before_.count)
    recorder_.items({next_item_, hash_.value(), items_complete_});
}

void JobStage::refuse_items() const {
  throw base::UserError(fmt::format("the items are not those that run {} began with; --fresh starts anew",
                                    recorder_.directory().name()));
}

void JobStage::take(Outcomes outcomes) {
  for (const FailedTask& f : outcomes.failures) tally_.failed(outcomes.tasks.first + f.position, f.failure);
  tally_.succeeded(outcomes.tasks.count - outcomes.failures.size() - outcomes.retried.size());
  // What will be tried again has no outcome yet: a run that ends before leaves it pending.
  for_each_final(outcomes, [&](const base::PayloadView& block, base::TaskRange tasks) {
    record(outcomes.origin, block, tasks);
  });
  if (!outcomes.retried.empty()) record_retried(outcomes);
  if (!outcomes.failures.empty()) on_failures_();
}

void JobStage::attempt_lost(std::uint64_t task, const base::Failure& cause) {
  recorder_.attempts(key_, {cause.rank, journal::Origin::unknown_slot, cause.attempts - 1, cause.host},
                     failure_block(task, cause));
}

/// Whoever looks into a flaky task wants to see why it failed before.
void JobStage::record_retried(const Outcomes& outcomes) {
  std::vector<std::uint32_t> others;
  for (std::uint32_t position = 0; position < outcomes.tasks.count; ++position)
    if (!std::ranges::binary_search(outcomes.retried, position)) others.push_back(position);
  base::ByteView values;
  const base::OutcomeBlock block = base::decode_block_header(outcomes.block, values);
  for (const auto& part : split_block(block, values, others)) {
    base::Bytes encoded;
    base::encode_block(encoded, part);
    recorder_.attempts(key_, outcomes.origin, std::move(encoded));
  }
}

void JobStage::record(const journal::Origin& origin, const base::PayloadView& block, base::TaskRange tasks) {
  base::Payload items;
  if (!feed_.recomputable()) {
    items.shared = window_.share(tasks);
    if (!items.shared) window_.copy(tasks, items.bytes);
  }
  recorder_.outcomes(key_, origin, block, std::move(items));
  window_.finished(tasks);
}

}  // namespace mproc::run
