#include "mproc/run/worker.hpp"

#include <algorithm>
#include <utility>

#include "mproc/base/error.hpp"
#include "mproc/base/time.hpp"
#include "mproc/run/waiter.hpp"
#include "mproc/schedule/scheduler.hpp"

namespace mproc::run {
namespace {
constexpr std::int64_t heartbeat_ns = 3'000'000'000;
constexpr int most_messages = 64;
}  // namespace

Worker::Worker(comm::Channel& channel, exec::Pool& pool, std::string host, FindPlaces find_places,
               const std::string& node)
    : channel_(channel),
      pool_(pool),
      host_(std::move(host)),
      find_places_(std::move(find_places)),
      upstream_(channel, *this) {
  heard_ns_ = base::monotonic_ns();
  tell(wire::Hello{host_, ::getpid(), node});
}

bool Worker::step(bool descriptors) {
  bool any = false;
  for (int i = 0; i < most_messages && !stopped_; ++i) {
    auto message = channel_.receive();
    if (!message) break;
    any = true;
    if (message->from == base::central_rank) heard_ns_ = base::monotonic_ns();
    const auto parts = wire::split(message->body);
    if (upstream_.handle(*message, parts)) continue;
    if (parts.type == wire::Type::chunk)
      queue(std::move(*message));
    else
      handle(parts);
  }
  any |= pool_.poll(*this, descriptors);
  submit_queued();
  const auto now = base::monotonic_ns();
  if (now >= next_report_ns_) send_reports();
  if (now - last_heartbeat_ > heartbeat_ns) {
    last_heartbeat_ = now;
    tell(wire::Heartbeat{});
  }
  return any;
}

void Worker::on_entry(const wire::Parts& entry) {
  switch (entry.type) {
    case wire::Type::setup:
      return set_up(wire::decode<wire::Setup>(entry));
    case wire::Type::init:
      return pool_.init(wire::decode<wire::Init>(entry).block);
    case wire::Type::map:
      return pool_.prepare(wire::decode<wire::Map>(entry).spec);
    case wire::Type::forget_maps:
      for (const std::uint32_t map : wire::decode<wire::ForgetMaps>(entry).maps)
        pool_.forget(base::MapId{map});
      return;
    default:
      return start(wire::decode<wire::Start>(entry));
  }
}

void Worker::on_array(const job::ArraySpec& array, const base::NodeMemory& memory) {
  pool_.share({array, memory.address()});
}

void Worker::on_forget(const std::string& name) {
  pool_.unshare(name);
}

void Worker::handle(const wire::Parts& parts) {
  switch (parts.type) {
    case wire::Type::recall: {
      const auto recall_message = wire::decode<wire::Recall>(parts);
      return recall(base::ChunkId{recall_message.chunk}, recall_message.keep);
    }
    case wire::Type::end_tasks:
      return pool_.end_tasks(base::MapId{wire::decode<wire::EndTasks>(parts).map});
    case wire::Type::drain:
      return drain();
    case wire::Type::heartbeat:
      return;
    case wire::Type::stop:
      stopped_ = true;
      lossy_ = wire::decode<wire::Stop>(parts).lossy;
      return;
    default:
      throw base::DecodeError("message that is not for a worker");
  }
}

void Worker::set_up(const wire::Setup& setup) {
  demand_ = setup.demand;
  // Code that opens a GPU as it loads must not see those of other executors.
  pool_.load({setup.env, channel_.self().value, host_, demand_.gpus == 0, demand_.memory, setup.recycle});
}

void Worker::start(const wire::Start& start) {
  std::uint32_t own = start.executors;
  if (own > 0 && start.all > 0) {
    const std::uint32_t before = (static_cast<std::uint32_t>(channel_.self().value) - 1) * own;
    own = start.all > before ? std::min(own, start.all - before) : 1;
  }
  const auto index = static_cast<std::size_t>(channel_.self().value - 1);
  if (index < start.each.size()) own = start.each[index];
  try {
    pool_.start(find_places_(demand_, own, start.executors));
  } catch (const base::UserError& e) {
    on_setup_failed({.kind = base::FailureKind::lookup,
                     .message = e.what(),
                     .host = host_,
                     .rank = channel_.self().value});
  }
}

void Worker::queue(comm::Message message) {
  const auto chunk = wire::decode<wire::Chunk>(wire::split(message.body));
  const exec::ChunkTicket ticket{base::ChunkId{chunk.chunk},
                                 {base::MapId{chunk.map}, base::StageId{chunk.stage}},
                                 {chunk.first, chunk.count},
                                 base::Attempt{chunk.attempt},
                                 block_age_ns_};
  if (draining_) return taken_back(ticket.chunk, ticket.tasks);
  queue_.push_back({ticket, std::move(message), chunk.after});
  submit_queued();
}

void Worker::submit_queued() {
  while (!queue_.empty()) {
    const Queued& next = queue_.front();
    // Its map may still be on its way along the tree.
    if (next.after > upstream_.count()) return;
    const auto items = wire::payload_of(wire::split(next.message.body), next.message.payload);
    // Only its first tasks, where the rest was taken back while it waited here: the items behind are not
    // read.
    if (!pool_.submit(next.ticket, items)) return;
    with_executors_.emplace(next.ticket.chunk, next.ticket);
    queue_.pop_front();
  }
}

void Worker::recall(base::ChunkId chunk, std::uint32_t keep) {
  const auto queued =
      std::find_if(queue_.begin(), queue_.end(), [&](const Queued& q) { return q.ticket.chunk == chunk; });
  if (queued == queue_.end()) return taken_back(chunk, pool_.take_back(chunk, keep));
  base::TaskRange& tasks = queued->ticket.tasks;
  const std::uint64_t kept = std::min<std::uint64_t>(keep, tasks.count);
  const base::TaskRange back{tasks.first + kept, tasks.count - kept};
  tasks.count = kept;
  if (kept == 0) queue_.erase(queued);
  taken_back(chunk, back);
}

void Worker::taken_back(base::ChunkId chunk, base::TaskRange tasks) {
  tell(wire::TakenBack{chunk.value, tasks.first, tasks.count});
}

void Worker::drain() {
  draining_ = true;
  for (const Queued& queued : queue_) taken_back(queued.ticket.chunk, queued.ticket.tasks);
  queue_.clear();
  for (const auto& [chunk, ticket] : with_executors_) taken_back(chunk, pool_.take_back(chunk, 0));
}

/// Executors take chunks when they are handed over, so one may idle while a chunk waits behind a long task of
/// another's: central sends it again, to whoever is free.
void Worker::give_back_stuck() {
  const auto chunk = queue_.empty() ? pool_.misplaced() : std::nullopt;
  if (!chunk) return;
  if (const auto tasks = pool_.take_back(*chunk, 0); tasks.count > 0) taken_back(*chunk, tasks);
}

void Worker::on_setup_failed(const base::Failure& failure) {
  tell(wire::SetupFailed{failure});
}

void Worker::on_given_up(base::SlotId slot, std::uint32_t left, const base::Failure& cause) {
  tell(wire::GivenUp{slot.value, left, cause});
}

void Worker::on_slots(std::uint32_t ready) {
  const auto workers = static_cast<std::uint64_t>(channel_.size() - 1);
  report_pace_ns_ = schedule::report_pace_ns(workers, ready);
  block_age_ns_ = static_cast<std::int64_t>(schedule::Policy{}.chunk_ns({workers * ready, workers}));
  tell(wire::Slots{ready});
  give_back_stuck();
}

void Worker::on_block(const exec::ChunkTicket& ticket, base::SlotId slot, const base::PayloadView& block) {
  const wire::Block message{ticket.chunk.value, ticket.stage.map.value, ticket.stage.stage.value, slot.value};
  if (block.shared == nullptr) return report(wire::encode(message, block));
  send_reports();
  channel_.send(base::central_rank, wire::encode(message), *block.shared);
}

/// The first one after a pause goes at once.
void Worker::report(base::Bytes block) {
  reports_.push_back(std::move(block));
  const std::int64_t now = base::monotonic_ns();
  if (now < next_report_ns_) return;
  send_reports();
  next_report_ns_ = now + report_pace_ns_;
}

void Worker::send_reports() {
  for (base::Bytes& block : reports_) channel_.send(base::central_rank, std::move(block));
  reports_.clear();
}

std::int64_t Worker::due_ns() const {
  return std::min(pool_.next_look_ns(), reports_.empty() ? Waiter::no_time : next_report_ns_);
}

void Worker::on_chunk_end(const exec::ChunkTicket& ticket) {
  with_executors_.erase(ticket.chunk);
  submit_queued();
  give_back_stuck();
}

void Worker::on_left_out(const exec::ChunkTicket& ticket, base::TaskRange tasks) {
  taken_back(ticket.chunk, tasks);
}

void Worker::on_chunk_lost(const exec::ChunkTicket& ticket, std::optional<std::uint64_t> running,
                           const base::Failure& cause) {
  with_executors_.erase(ticket.chunk);
  tell(wire::ChunkLost{ticket.chunk.value, running.has_value(), running.value_or(0), cause});
}

void Worker::on_items(base::ByteView, const base::PayloadView&, bool) {}
void Worker::on_generator_failed(const base::Failure&) {}

}  // namespace mproc::run
