#include "mproc/exec/slot_link.hpp"

#include <algorithm>
#include <mutex>

#include "mproc/base/error.hpp"
#include "mproc/exec/capture.hpp"
#include "mproc/exec/socket_message.hpp"

namespace mproc::exec {
namespace {}  // namespace

SlotLink::SlotLink(SlotMemory memory)
    : socket_(std::move(memory.worker_socket)),
      control_memory_(std::move(memory.control)),
      capture_(std::move(memory.capture)),
      executor_end_(std::move(memory.socket)),
      control_(*control_memory_.as<SlotControl>()),
      to_(control_.to_executor, std::move(memory.to_executor)),
      from_(control_.from_executor, std::move(memory.from_executor)) {}

SlotLink::~SlotLink() {
  control_.abandoned.store(true, std::memory_order_release);
  control_.bell.ring();
}

std::vector<int> SlotLink::descriptors() const {
  return {control_memory_.fd(), to_.fd(), from_.fd(), capture_.fd(), executor_end_.fd()};
}

void SlotLink::send(FrameHeader header, base::ByteView payload) {
  base::Bytes frame;
  base::append_pod(frame, header);
  base::append(frame, payload);
  waiting_.push_back(std::move(frame));
  flush_waiting();
}

void SlotLink::flush_waiting() {
  while (!waiting_.empty()) {
    const auto room = to_.reserve(waiting_.front().size());
    if (!room) return;
    std::memcpy(room->data(), waiting_.front().data(), room->size());
    to_.commit(room->size());
    control_.bell.ring();
    waiting_.pop_front();
  }
}

std::optional<std::uint32_t> SlotLink::free_claim() const {
  std::uint64_t used = 0;
  for (const Held& held : chunks_) used |= std::uint64_t{1} << held.claim;
  if (~used == 0) return std::nullopt;
  return static_cast<std::uint32_t>(std::countr_one(used));
}

bool SlotLink::submit(const ChunkTicket& ticket, const base::PayloadView& items) {
  const auto claim = free_claim();
  if (!claim || !waiting_.empty()) return false;
  FrameHeader header;
  header.type = FrameType::chunk;
  header.claim = *claim;
  header.chunk = ticket.chunk.value;
  header.stage = ticket.stage;
  header.tasks = ticket.tasks;
  header.attempt = ticket.attempt.value;
  header.count = static_cast<std::uint64_t>(ticket.block_age_ns);
  const auto room = to_.reserve(sizeof header + (items.shared != nullptr ? 0 : items.bytes.size()));
  if (!room) return false;
  if (items.shared != nullptr) {
    if (!send_descriptor(socket_.get(), items.shared->fd())) return false;
    header.shared_offset = items.shared->offset();
    header.shared_size = items.shared->size();
  }
  control_.claims[*claim].open(static_cast<std::uint32_t>(ticket.tasks.count));
  std::memcpy(room->data(), &header, sizeof header);
  if (room->size() > sizeof header)
    std::memcpy(room->data() + sizeof header, items.bytes.data(), items.bytes.size());
  to_.commit(room->size());
  chunks_.push_back({ticket, *claim, ticket.tasks.first});
  control_.bell.ring();
  return true;
}

std::optional<base::TaskRange> SlotLink::take_back(base::ChunkId chunk, std::uint32_t keep) {
  const auto held =
      std::find_if(chunks_.begin(), chunks_.end(), [&](const Held& h) { return h.ticket.chunk == chunk; });
  if (held == chunks_.end()) return std::nullopt;
  base::TaskRange& tasks = held->ticket.tasks;
  const std::uint32_t end = control_.claims[held->claim].take_back(keep);
  const base::TaskRange back{tasks.first + end, tasks.count - std::min<std::uint64_t>(end, tasks.count)};
  tasks.count -= back.count;
  return back;
}

bool SlotLink::poll(PoolListener& listener, base::SlotId slot) {
  bool any = false;
  while (const auto frame = from_.front()) {
    handle(*frame, listener, slot);
    from_.pop();
    control_.bell.ring();  // it may wait for room
    any = true;
  }
  if (!waiting_.empty()) flush_waiting();
  return any;
}

void SlotLink::handle(base::ByteView frame, PoolListener& listener, base::SlotId slot) {
  FrameHeader header;
  if (frame.size() < sizeof header) throw base::DecodeError("frame of an executor is too short");
  std::memcpy(&header, frame.data(), sizeof header);
  if (header.shared_size == 0) return handle(header, frame.subspan(sizeof header), listener, slot);
  const auto shared =
      base::SharedBytes::open(receive_descriptor(socket_.get()), header.shared_offset, header.shared_size);
  handle(header, shared, listener, slot);
}

void SlotLink::handle(const FrameHeader& header, const base::PayloadView& payload, PoolListener& listener,
                      base::SlotId slot) {
  const auto held = std::find_if(chunks_.begin(), chunks_.end(),
                                 [&](const Held& h) { return h.ticket.chunk.value == header.chunk; });
  worked_ |= header.type != FrameType::ready;
  switch (header.type) {
    case FrameType::ready:
      ready_ = true;
      if (!payload.bytes.empty()) listener.on_setup_failed(base::unpack_as<base::Failure>(payload));
      return;
    case FrameType::block: {
      if (held == chunks_.end()) return;
      base::ByteView values;
      const base::TaskRange tasks = base::decode_block_header(payload, values).tasks;
      held->reported_end = tasks.end();
      reported_ += tasks.count;
      return listener.on_block(held->ticket, slot, payload);
    }
    case FrameType::chunk_end: {
      if (held == chunks_.end()) return;
      const ChunkTicket ticket = held->ticket;
      chunks_.erase(held);
      return listener.on_chunk_end(ticket);
    }
    case FrameType::items: {
      if (header.count == 0 && !payload.bytes.empty())
        return listener.on_generator_failed(base::unpack_as<base::Failure>(payload));
      const std::size_t ends_bytes = header.count * sizeof(std::uint64_t);
      if (ends_bytes > payload.bytes.size()) throw base::DecodeError("items of an executor are cut off");
      const base::ByteView ends = payload.bytes.first(ends_bytes);
      if (payload.shared == nullptr)
        return listener.on_items(ends, payload.bytes.subspan(ends_bytes), header.attempt != 0);
      const auto items = payload.shared->part(ends_bytes, payload.bytes.size() - ends_bytes);
      return listener.on_items(ends, items, header.attempt != 0);
    }
    default:
      throw base::DecodeError("unknown frame from an executor");
  }
}

std::optional<RunningTask> SlotLink::running() const {
  const TaskStamp& stamp = control_.stamp;
  const std::uint64_t chunk = stamp.chunk.load(std::memory_order_acquire);
  const std::uint64_t task = stamp.index.load(std::memory_order_acquire);
  const std::int64_t start = stamp.start_ns.load(std::memory_order_acquire);
  const auto held =
      std::ranges::find(chunks_, base::ChunkId{chunk}, [](const Held& h) { return h.ticket.chunk; });
  if (task == no_task || held == chunks_.end() || stamp.chunk.load(std::memory_order_acquire) != chunk)
    return std::nullopt;
  return RunningTask{held->ticket.stage.map, task, start};
}

void SlotLink::report_losses(PoolListener& listener, const base::Failure& cause,
                             std::optional<std::uint64_t> blamed) {
  const std::uint64_t chunk_at_death = control_.stamp.chunk.load(std::memory_order_acquire);
  const std::uint64_t task_at_death = control_.stamp.index.load(std::memory_order_acquire);
  for (const Held& held : chunks_) {
    std::optional<std::uint64_t> running;
    const auto& tasks = held.ticket.tasks;
    if (held.ticket.chunk.value == chunk_at_death && task_at_death != no_task &&
        task_at_death >= held.reported_end && task_at_death < tasks.end())
      running = task_at_death;
    worked_ |= running.has_value();
    if (blamed && running != blamed) running.reset();
    listener.on_chunk_lost(held.ticket, running, cause);
  }
  chunks_.clear();
}

bool SlotLink::trim_output() {
  const std::unique_lock lock(control_.capture_lock, std::try_to_lock);
  return lock.owns_lock() && trim_capture(capture_.fd());
}

std::string SlotLink::last_words() {
  return drain_capture(capture_.fd());
}

}  // namespace mproc::exec
