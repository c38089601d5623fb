#include "mproc/run/upstream.hpp"

#include <utility>

#include "mproc/base/error.hpp"

namespace mproc::run {
namespace {

bool comes_down(wire::Type type) {
  using enum wire::Type;
  return type == setup || type == init || type == map || type == start || type == share || type == forget ||
         type == piece || type == entries || type == forget_maps || type == skip;
}

}  // namespace

std::vector<base::Rank> Upstream::peers() const {
  std::vector<base::Rank> ranks = relay_.children();
  ranks.push_back(base::central_rank);
  if (parent_ != base::central_rank) ranks.push_back(parent_);
  return ranks;
}

bool Upstream::handle(const comm::Message& message, const wire::Parts& parts) {
  switch (parts.type) {
    case wire::Type::parent:
      on_parent(wire::decode<wire::Parent>(parts));
      return true;
    case wire::Type::child_gone: {
      const base::Rank child{wire::decode<wire::ChildGone>(parts).rank};
      relay_.leave(child);
      channel_.forget(child);
      return true;
    }
    case wire::Type::follow:
      relay_.follow(message.from, wire::decode<wire::Follow>(parts));
      return true;
    case wire::Type::piece_taken:
      relay_.taken(message.from);
      return true;
    default:
      if (!comes_down(parts.type)) return false;
      if (message.from == parent_) on_message_of_parent(message, parts);  // else: a former one's last words
      return true;
  }
}

void Upstream::on_parent(const wire::Parent& parent) {
  if (parent_ != base::central_rank) channel_.forget(parent_);
  parent_ = base::Rank{parent.rank};
  ask(parent.same_node);
}

void Upstream::ask(bool same_node) {
  asked_ = true;
  channel_.send(parent_,
                wire::encode(wire::Follow{count(), arriving_ ? arriving_->memory->written() : 0, same_node}));
}

void Upstream::on_message_of_parent(const comm::Message& message, const wire::Parts& parts) {
  if (parts.type == wire::Type::entries) {
    asked_ = false;
    return;
  }
  if (asked_) return;
  switch (parts.type) {
    case wire::Type::share:
      return on_share(wire::decode<wire::Share>(parts));
    case wire::Type::piece:
      return on_piece(parts.payload);
    case wire::Type::forget:
      return on_forget(message, wire::decode<wire::Forget>(parts).name);
    case wire::Type::skip:
      return relay_.skip_to(wire::decode<wire::Skip>(parts).next);
    case wire::Type::forget_maps:
      relay_.drop_maps(wire::decode<wire::ForgetMaps>(parts).maps, message.body);
      return listener_.on_entry(parts);
    case wire::Type::map:
      relay_.append(message.body, wire::decode<wire::Map>(parts).spec.map);
      return listener_.on_entry(parts);
    default:
      relay_.append(message.body);
      listener_.on_entry(parts);
  }
}

void Upstream::on_share(wire::Share share) {
  const bool in_memory = share.memory.pid != 0;
  if (arriving_) return in_memory ? ask(false) : void();  // it goes on
  relay_.drop_array(share.array.name);                    // one that this replaces
  if (!in_memory) {
    auto memory = std::make_shared<base::NodeMemory>(base::NodeMemory::create(share.array.bytes()));
    relay_.append(share.array, memory);
    arriving_ = {std::move(share.array), std::move(memory)};
    return on_piece({});
  }
  auto memory = base::NodeMemory::open(share.memory);
  if (!memory) return ask(false);
  auto shared = std::make_shared<const base::NodeMemory>(std::move(*memory));
  relay_.append(share.array, shared);
  listener_.on_array(share.array, *shared);
}

void Upstream::on_piece(base::ByteView bytes) {
  if (!arriving_) throw base::DecodeError("elements of no array");
  if (!bytes.empty()) channel_.send(parent_, wire::encode(wire::PieceTaken{}));
  arriving_->memory->write(bytes);
  relay_.progress();
  if (!arriving_->memory->is_complete()) return;
  const Arriving whole = *std::exchange(arriving_, std::nullopt);
  listener_.on_array(whole.array, *whole.memory);
}

void Upstream::on_forget(const comm::Message& message, const std::string& name) {
  if (arriving_) {  // it was forgotten before it was here
    const Arriving part = *std::exchange(arriving_, std::nullopt);
    return relay_.drop_array(part.array.name);
  }
  relay_.drop_array(name);
  relay_.append(message.body);
  listener_.on_forget(name);
}

}  // namespace mproc::run
