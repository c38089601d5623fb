#include "mproc/run/relay.hpp"

#include <algorithm>

namespace mproc::run {
namespace {

constexpr std::uint64_t piece_bytes = std::uint64_t{4} << 20;
constexpr std::uint32_t most_pieces = 4;  // under way to one child

}  // namespace

void Relay::append(base::Bytes message, std::optional<std::uint32_t> map) {
  append(Entry{std::move(message), {}, {}, map});
}

void Relay::append(job::ArraySpec array, std::shared_ptr<const base::NodeMemory> memory) {
  append(Entry{{}, std::move(array), std::move(memory), {}});
}

void Relay::append(Entry entry) {
  entries_.emplace(next_++, std::move(entry));
  serve_all();
}

void Relay::progress() {
  serve_all();
}

void Relay::drop_array(const std::string& name) {
  for (auto& [number, entry] : entries_)
    if (entry.memory && entry.array.name == name) entry = {wire::encode(wire::Forget{}), {}, {}, {}};
  serve_all();  // who was amid its elements waits for no more
}

void Relay::drop_maps(const std::vector<std::uint32_t>& maps, base::Bytes message) {
  std::erase_if(entries_, [&](const auto& numbered) {
    const auto& map = numbered.second.map;
    return map && std::ranges::find(maps, *map) != maps.end();
  });
  passing_.push_back(next_);
  append(std::move(message));
}

void Relay::skip_to(std::uint64_t next) {
  next_ = std::max(next_, next);
  serve_all();
}

std::vector<base::Rank> Relay::children() const {
  std::vector<base::Rank> ranks;
  for (const auto& [rank, child] : children_) ranks.push_back(rank);
  return ranks;
}

void Relay::follow(base::Rank child, const wire::Follow& from) {
  channel_.send(child, wire::encode(wire::Entries{from.next}));
  Child& state = children_[child] = {from};
  serve(child, state);
}

void Relay::taken(base::Rank child) {
  const auto found = children_.find(child);
  if (found == children_.end() || found->second.pieces_under_way == 0) return;
  --found->second.pieces_under_way;
  serve(child, found->second);
}

void Relay::serve_all() {
  std::uint64_t slowest = next_;
  for (auto& [rank, child] : children_) {
    serve(rank, child);
    slowest = std::min(slowest, child.at.next);
  }
  for (; !passing_.empty() && passing_.front() < slowest; passing_.pop_front())
    entries_.erase(passing_.front());
}

void Relay::serve(base::Rank rank, Child& child) {
  while (child.at.next < next_) {
    const auto entry = entries_.lower_bound(child.at.next);
    const std::uint64_t number = entry == entries_.end() ? next_ : entry->first;
    if (number != child.at.next) {
      channel_.send(rank, wire::encode(wire::Skip{number}));
      child.at.next = number;
      continue;
    }
    if (!entry->second.memory)
      channel_.send(rank, entry->second.message);
    else if (!serve_array(rank, child, entry->second))
      return;
    ++child.at.next;
    child.at.bytes = 0;
    child.announced = false;
  }
}

/// False when the array is not wholly on its way yet.
bool Relay::serve_array(base::Rank rank, Child& child, const Entry& entry) {
  const bool local = child.at.same_node;
  if (local && !entry.memory->is_complete()) return false;
  if (!child.announced)
    channel_.send(rank, wire::encode(wire::Share{entry.array,
                                                 local ? entry.memory->address() : base::MemoryAddress{}}));
  child.announced = true;
  if (local) return true;
  while (child.at.bytes < entry.memory->written() && child.pieces_under_way < most_pieces)
    send_piece(rank, child, entry);
  return child.at.bytes == entry.memory->size();
}

void Relay::send_piece(base::Rank rank, Child& child, const Entry& entry) {
  const auto size = static_cast<std::size_t>(std::min(piece_bytes, entry.memory->written() - child.at.bytes));
  channel_.send(rank, wire::encode_appending(wire::Piece{}, [&](base::Bytes& to) {
                  to.resize(to.size() + size);
                  entry.memory->read(child.at.bytes, to.data() + (to.size() - size), size);
                }));
  child.at.bytes += size;
  ++child.pieces_under_way;
}

}  // namespace mproc::run
