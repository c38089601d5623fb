#include "mproc/exec/inline_pool.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace mproc::exec {
namespace {
constexpr std::size_t max_held = 2;
}

void InlinePool::load(const HostSettings& settings) {
  settings_ = settings;
  for (const auto& [name, value] : settings_.env) ::setenv(name.c_str(), value.c_str(), 1);
}

void InlinePool::share(const ArrayPlace& place) {
  runtimes_.share(place);
}

void InlinePool::unshare(const std::string& name) {
  runtimes_.unshare(name);
}

void InlinePool::init(const job::InitBlock& block) {
  if (!failure_) check(runtimes_.init(block));
}

void InlinePool::prepare(const job::MapSpec& spec) {
  if (failure_) return;
  auto failure = runtimes_.prepare(spec);
  if (!started_) check(std::move(failure));
}

void InlinePool::check(std::optional<base::Failure> failure) {
  if (!failure) return;
  failure_ = std::move(failure);
  announce_ = true;
}

bool InlinePool::submit(const ChunkTicket& ticket, const base::PayloadView& items) {
  if (chunks_.size() >= max_held) return false;
  Held& held = chunks_.emplace_back();
  held.ticket = ticket;
  base::append(held.items, items);
  held.claim.open(static_cast<std::uint32_t>(ticket.tasks.count));
  return true;
}

base::TaskRange InlinePool::take_back(base::ChunkId chunk, std::uint32_t keep) {
  const auto held =
      std::find_if(chunks_.begin(), chunks_.end(), [&](const Held& h) { return h.ticket.chunk == chunk; });
  if (held == chunks_.end()) return {};
  auto& tasks = held->ticket.tasks;
  const std::uint32_t end = held->claim.take_back(keep);
  const base::TaskRange back{tasks.first + end, tasks.count - end};
  tasks.count = end;
  return back;
}

void InlinePool::generate(const std::string& name, std::uint64_t max_items, std::uint64_t max_bytes) {
  requests_.push_back({name, max_items, max_bytes});
}

bool InlinePool::poll(PoolListener& listener, bool) {
  listener_ = &listener;
  if (announce_) {
    announce_ = false;
    if (failure_)
      listener.on_setup_failed(*failure_);
    else
      listener.on_slots(1);
    return true;
  }
  if (!requests_.empty()) {
    const Request request = std::move(requests_.front());
    requests_.pop_front();
    run(request, listener);
    return true;
  }
  if (chunks_.empty()) return false;
  run(chunks_.front());
  return true;
}

void InlinePool::run(Held& held) {
  TaskLoop loop(held.ticket.tasks, held.claim, stamp_, *this,
                {settings_.rank, ::getpid(), held.ticket.attempt.value, settings_.host});
  runtimes_.run({held.ticket.stage, held.ticket.tasks, held.items}, loop);
  const ChunkTicket ticket = held.ticket;
  chunks_.pop_front();
  listener_->on_chunk_end(ticket);
}

void InlinePool::deliver(const base::OutcomeBlock& block) {
  base::Bytes bytes;
  base::encode_block(bytes, block);
  listener_->on_block(chunks_.front().ticket, base::SlotId{0}, bytes);
}

void InlinePool::run(const Request& request, PoolListener& listener) {
  std::optional<base::Failure> failure;
  if (!request.name.empty()) failure = runtimes_.open_generator(request.name);
  base::Bytes items;
  std::vector<std::uint64_t> ends;
  bool more = true;
  if (!failure) failure = runtimes_.next_items(items, ends, request.max_items, request.max_bytes, more);
  listener.on_items(std::as_bytes(std::span(ends)), items, more || failure);
  if (failure) listener.on_generator_failed(*failure);
}

}  // namespace mproc::exec
