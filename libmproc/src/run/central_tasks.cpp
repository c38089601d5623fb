// Central's handling of items, the scheduler's actions and outcomes.
#include <fmt/format.h>

#include <algorithm>

#include "mproc/base/time.hpp"
#include "mproc/run/central.hpp"

namespace mproc::run {
namespace {

constexpr std::size_t window_bytes = 256u << 20;   // items held in memory
constexpr std::size_t backlog_bytes = 256u << 20;  // outcomes that wait for the disk
constexpr std::size_t batch_bytes = 4u << 20;
constexpr std::uint64_t smallest_batch = 1024;

bool retries_apply(base::FailureKind kind) {
  using enum base::FailureKind;
  return kind == exception || kind == exit || kind == timeout || kind == memory;
}

struct FailedTask {
  std::uint32_t position;
  base::Failure failure;
};

base::Failure failure_of(const msgpack::object& value) {
  if (value.type != msgpack::type::EXT ||
      value.via.ext.type() != static_cast<std::int8_t>(base::Ext::failure))
    throw base::DecodeError("outcome that is said to be a failure and is none");
  return base::unpack_as<base::Failure>(
      base::ByteView(reinterpret_cast<const std::byte*>(value.via.ext.data()), value.via.ext.size));
}

std::vector<FailedTask> failures_in(const base::OutcomeBlock& block, base::ByteView values) {
  std::vector<FailedTask> failures;
  std::size_t offset = 0;
  std::uint32_t at = 0;
  for (const std::uint32_t position : block.failed) {
    for (; at < position; ++at) offset = base::skip_value(values, offset);
    failures.push_back({position, failure_of(base::unpack_value(values, offset).get())});
    ++at;
  }
  return failures;
}

/// The block without the tasks at `left_out`: the runs of tasks between them.
std::vector<base::OutcomeBlock> split_block(const base::OutcomeBlock& block, base::ByteView values,
                                            const std::vector<std::uint32_t>& left_out) {
  std::vector<base::OutcomeBlock> parts;
  std::size_t offset = 0;
  bool open = false;
  const auto failed = [&](std::uint32_t p) {
    return std::binary_search(block.failed.begin(), block.failed.end(), p);
  };
  for (std::uint32_t p = 0; p < block.tasks.count; ++p) {
    const std::size_t end = base::skip_value(values, offset);
    if (std::binary_search(left_out.begin(), left_out.end(), p)) {
      open = false;
    } else {
      if (!open) {
        parts.emplace_back();
        parts.back().tasks.first = block.tasks.first + p;
        parts.back().start_ns = block.start_ns;
        parts.back().end_ns = block.end_ns;
      }
      open = true;
      base::OutcomeBlock& part = parts.back();
      const auto position = static_cast<std::uint32_t>(part.tasks.count++);
      if (failed(p)) part.failed.push_back(position);
      if (!block.times.empty()) part.times.push_back(block.times[p]);
      for (const auto& capture : block.captures)
        if (capture.position == p) part.captures.push_back({position, capture.text});
      base::append(part.values, values.subspan(offset, end - offset));
    }
    offset = end;
  }
  return parts;
}

}  // namespace

bool Central::is_todo(std::uint64_t task) const {
  if (!options_.tasks.empty() &&
      std::none_of(options_.tasks.begin(), options_.tasks.end(),
                   [&](const base::TaskRange& r) { return task >= r.first && task < r.end(); }))
    return false;
  if (!plan_.index) return true;
  const auto state = plan_.index->state({}, task);
  return state == journal::Index::State::pending ||
         (state == journal::Index::State::failed && options_.retry_failed);
}

bool Central::read_items() {
  bool any = feed_->step(true);
  if (!recorder_.begun() && ahead_.count() == 0) any |= feed_->poll(ahead_, smallest_batch, batch_bytes);
  if (!recorder_.begun() || closed_ || drain_deadline_) return any;
  while (next_item_ < selection_end_ && scheduler_.pending({}) < scheduler_.wanted({}) &&
         window_.bytes() < window_bytes && recorder_.backlog() < backlog_bytes) {
    job::ItemBatch batch = std::move(ahead_);
    ahead_ = {};
    batch.first = next_item_;
    const std::uint64_t wanted = std::max(smallest_batch, scheduler_.wanted({}));
    const std::uint64_t limit = std::max<std::uint64_t>(1, selection_end_ - next_item_);
    try {
      if (!feed_->poll(batch, std::min(wanted, limit), batch_bytes) && batch.count() == 0) break;
    } catch (const base::UserError& e) {
      fail(base::ExitStatus::usage, e.what());
      return true;
    }
    any = true;
    add_tasks(std::move(batch));
  }
  items_complete_ = feed_->exhausted() && ahead_.count() == 0;
  if (items_complete_ || next_item_ >= selection_end_) {
    closed_ = any = true;
    recorder_.items({next_item_, hash_.value(), items_complete_});
    scheduler_.close_stage({});
  }
  return any;
}

void Central::add_tasks(job::ItemBatch batch) {
  std::vector<base::TaskRange> ranges;
  std::uint64_t todo = 0;
  for (std::uint64_t i = 0; i < batch.count(); ++i) {
    hash_.add(batch.item(i));
    const std::uint64_t task = batch.first + i;
    if (!is_todo(task)) continue;
    ++todo;
    if (!ranges.empty() && ranges.back().end() == task)
      ++ranges.back().count;
    else
      ranges.push_back({task, 1});
  }
  next_item_ += batch.count();
  recorder_.items({next_item_, hash_.value(), false});
  const std::uint64_t bytes_per_item = batch.data.size() / std::max<std::uint64_t>(1, batch.count());
  window_.add(std::move(batch), todo);
  for (const auto& range : ranges) scheduler_.add_tasks({}, range, range.count * bytes_per_item);
}

void Central::carry_out_actions() {
  for (;;) {
    const auto actions = scheduler_.take_actions();
    if (actions.empty()) return;
    for (const auto& action : actions) std::visit([&](const auto& a) { carry_out(a); }, action);
  }
}

void Central::carry_out(const schedule::Send& send) {
  base::Bytes items;
  window_.copy(send.tasks, items);
  chunks_[send.chunk] = {send.worker, send.stage, send.attempt, send.tasks.count};
  tell(send.worker,
       wire::Chunk{send.chunk.value, send.stage.map.value, send.stage.stage.value, send.tasks.first,
                   send.tasks.count, send.attempt.value},
       items);
}

void Central::carry_out(const schedule::Recall& recall) {
  tell(recall.worker, wire::Recall{recall.chunk.value, recall.keep});
}

void Central::carry_out(const schedule::FailLost& fail_lost) {
  base::Failure failure;
  if (const auto cause = losses_.extract(fail_lost.task); !cause.empty()) {
    failure = cause.mapped();
  } else {
    failure.kind = base::FailureKind::lost;
    failure.message = "its worker rank was lost";
  }
  failure.attempts = fail_lost.attempts;
  base::OutcomeBlock block;
  block.tasks = {fail_lost.task, 1};
  block.start_ns = block.end_ns = base::wall_ns();
  block.failed = {0};
  base::pack_failure(block.values, failure);
  base::Bytes bytes;
  base::encode_block(bytes, block);
  tally_.failed(fail_lost.task, failure);
  record(fail_lost.stage, {failure.rank, 0, fail_lost.attempts - 1, failure.host}, bytes, {});
}

void Central::carry_out(const schedule::StageDone&) {
  stage_done_ = true;
}

void Central::close_tasks(ChunkState& chunk, base::ChunkId id, std::uint64_t count) {
  chunk.open -= std::min(chunk.open, count);
  if (chunk.open == 0) chunks_.erase(id);
}

void Central::on_block(base::Rank rank, const wire::Block& message, base::ByteView bytes) {
  const base::ChunkId id{message.chunk};
  const auto chunk = chunks_.find(id);
  if (chunk == chunks_.end()) return;
  base::ByteView values;
  const base::OutcomeBlock block = base::decode_block_header(bytes, values);
  const auto failures = failures_in(block, values);
  std::vector<std::uint32_t> retryable, retried;
  for (const FailedTask& f : failures)
    if (retries_apply(f.failure.kind)) retryable.push_back(f.position);
  if (!scheduler_.tasks_done(rank, id, block.tasks, retryable, block.busy_ns)) return;
  const ChunkState state = chunk->second;
  close_tasks(chunk->second, id, block.tasks.count);
  if (state.attempt.value < job_.task.retries) retried = retryable;
  for (const FailedTask& f : failures)
    if (!std::binary_search(retried.begin(), retried.end(), f.position))
      tally_.failed(block.tasks.first + f.position, f.failure);
  tally_.succeeded(block.tasks.count - failures.size());
  record(state.stage, {rank.value, message.slot, state.attempt.value, workers_.at(rank).hello.host}, bytes,
         retried);
}

void Central::record(base::StageKey stage, journal::Origin origin, base::ByteView bytes,
                     const std::vector<std::uint32_t>& retried) {
  const auto put = [&](base::ByteView block, base::TaskRange tasks) {
    base::Bytes items;
    if (!feed_->recomputable()) window_.copy(tasks, items);
    recorder_.outcomes(stage, origin, block, std::move(items));
    window_.finished(tasks);
  };
  base::ByteView values;
  const base::OutcomeBlock block = base::decode_block_header(bytes, values);
  if (retried.empty()) return put(bytes, block.tasks);
  // What will be tried again has no outcome yet: a run that ends before leaves it pending.
  for (const auto& part : split_block(block, values, retried)) {
    base::Bytes encoded;
    base::encode_block(encoded, part);
    put(encoded, part.tasks);
  }
}

void Central::on_chunk_lost(base::Rank rank, const wire::ChunkLost& lost) {
  const base::ChunkId id{lost.chunk};
  const auto running = lost.was_running ? std::optional(lost.running) : std::nullopt;
  if (running) losses_[*running] = lost.cause;
  chunks_.erase(id);
  scheduler_.executor_lost(rank, id, running);
}

}  // namespace mproc::run
