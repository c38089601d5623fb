#include "mproc/exec/slots.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "mproc/base/error.hpp"

namespace mproc::exec {
namespace {

/// Chunks that wait at one executor: many where there is no choice of executor anyway.
constexpr std::size_t max_held_alone = claims_per_slot, max_held_among_many = 2;

}  // namespace

bool Slot::poll(PoolListener& listener, base::SlotId id) {
  try {
    return link->poll(listener, id);
  } catch (const base::DecodeError& e) {
    damage = std::string("the executor wrote where it must not: ") + e.what();
  } catch (const base::SystemError& e) {
    damage = std::string("what the executor handed over cannot be had: ") + e.what();
  }
  return true;
}

void Slot::clear() {
  link.reset();
  pid = -1;
  host = 0;
  damage.clear();
  overrun.reset();
  memory_look_ns = 0;
  given = 0;
}

void Slots::open(std::vector<Place> places) {
  for (Place& place : places) slots_.emplace_back().place = std::move(place);
}

std::uint32_t Slots::ready() const {
  return static_cast<std::uint32_t>(
      std::ranges::count_if(slots_, [](const Slot& slot) { return slot.ready() || slot.renewing; }));
}

std::uint64_t Slots::left_of(const Slot& slot) const {
  if (recycle_ == 0) return std::numeric_limits<std::uint64_t>::max();
  return recycle_ - std::min(slot.given, recycle_);
}

bool Slots::is_used_up(const Slot& slot) const {
  return slot.ready() && slot.link->held() == 0 && left_of(slot) == 0;
}

std::uint32_t Slots::not_retired() const {
  return static_cast<std::uint32_t>(std::ranges::count(slots_, false, &Slot::retired));
}

std::optional<std::uint32_t> Slots::with_pid(int pid) const {
  const auto slot = std::ranges::find(slots_, pid, &Slot::pid);
  if (slot == slots_.end()) return std::nullopt;
  return static_cast<std::uint32_t>(slot - slots_.begin());
}

Slot* Slots::with_host(HostId host) {
  const auto slot = std::ranges::find(slots_, host, &Slot::host);
  return slot == slots_.end() ? nullptr : &*slot;
}

void Slots::send(FrameType type, base::Bytes payload) {
  FrameHeader header;
  header.type = type;
  for (Slot& slot : slots_)
    if (slot.link) slot.link->send(header, payload);
}

void Slots::generate(const std::string& name, std::uint64_t max_items, std::uint64_t max_bytes) {
  MPROC_ASSERT(!slots_.empty() && slots_[0].link, "generate before the pool has started");
  FrameHeader header;
  header.type = FrameType::generate;
  header.tasks.count = max_items;
  header.count = max_bytes;
  slots_[0].link->send(header, base::view(name));
}

bool Slots::submit(const ChunkTicket& ticket, const base::PayloadView& items) {
  const std::size_t limit = slots_.size() == 1 ? max_held_alone : max_held_among_many;
  Slot* best = nullptr;
  for (Slot& slot : slots_)
    if (slot.ready() && left_of(slot) > 0 && slot.link->held() < limit &&
        (best == nullptr || slot.link->held() < best->link->held()))
      best = &slot;
  if (best == nullptr) return false;
  ChunkTicket part = ticket;
  part.tasks.count = std::min(part.tasks.count, left_of(*best));
  if (!best->link->submit(part, items)) return false;
  best->given += part.tasks.count;
  if (part.tasks.count < ticket.tasks.count)
    left_out_.push_back({ticket, {part.tasks.end(), ticket.tasks.count - part.tasks.count}});
  return true;
}

bool Slots::report_left_out(PoolListener& listener) {
  const auto all = std::exchange(left_out_, {});
  for (const LeftOut& part : all) listener.on_left_out(part.ticket, part.tasks);
  return !all.empty();
}

base::TaskRange Slots::take_back(base::ChunkId chunk, std::uint32_t keep) {
  for (Slot& slot : slots_) {
    auto tasks = slot.link ? slot.link->take_back(chunk, keep) : std::nullopt;
    if (!tasks) continue;
    slot.given -= tasks->count;
    // Central takes back nothing but the end of a chunk: what submit() has left out goes along.
    const auto left =
        std::ranges::find(left_out_, chunk, [](const LeftOut& part) { return part.ticket.chunk; });
    if (left != left_out_.end()) {
      tasks->count += left->tasks.count;
      left_out_.erase(left);
    }
    return *tasks;
  }
  return {};
}

std::optional<base::ChunkId> Slots::misplaced() const {
  bool idle = false;
  const SlotLink* crowded = nullptr;
  for (const Slot& slot : slots_) {
    if (!slot.ready()) continue;
    idle |= slot.link->held() == 0;
    if (slot.link->held() > 1) crowded = slot.link.get();
  }
  if (!idle || crowded == nullptr) return std::nullopt;
  return crowded->newest();
}

}  // namespace mproc::exec
