#include "mproc/run/driver_client.hpp"

#include <algorithm>

#include "mproc/base/error.hpp"

namespace mproc::run {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t most_tasks = 4u << 20;  // of one map
constexpr std::uint64_t most_bytes = 64u << 20;
constexpr std::uint64_t always_tasks = 4;  // an executor, however large

}  // namespace

DriverClient::DriverClient(base::Fd socket, CentralHere central)
    : link_(DriverLink::accept(std::move(socket))),
      central_(std::move(central)),
      watcher_([this] { link_.bell().ring(); }) {
  watcher_.add(link_.fd());
}

void DriverClient::init(const job::InitBlock& block) {
  tell(wire::DriverInit{block});
}

void DriverClient::share(const job::ArraySpec& array, base::ByteView elements) {
  MPROC_CHECK(elements.size() == array.bytes(), "array '{}': {} bytes are not the elements of {}", array.name,
              elements.size(), array.describe());
  auto& memory = offered_.emplace_back(base::NodeMemory::create(elements.size()));
  memory.write(elements);
  tell(wire::Share{array, memory.address()});
}

void DriverClient::unshare(const std::string& name) {
  tell(wire::Forget{name});
}

std::uint32_t DriverClient::open(job::MapSpec spec, const MapOptions& options, Sink sink, Done done) {
  spec.map = next_map_++;
  tell(wire::OpenMap{spec, options.retries, options.lost_retries, options.chunk, options.total.has_value(),
                     options.total.value_or(0)});
  maps_[spec.map] = {std::move(sink), std::move(done)};
  return spec.map;
}

bool DriverClient::give(std::uint32_t map, const std::vector<std::uint64_t>& ends,
                        std::span<const base::ByteView> items) {
  OpenMap& open = maps_.at(map);
  if (open.under_way >= most_tasks || link_.backlog() >= most_bytes ||
      (open.bytes_under_way() >= most_bytes && open.under_way >= always_tasks * crew_.executors))
    return false;
  open.under_way += ends.size();
  open.given += ends.size();
  const std::uint64_t size = ends.empty() ? 0 : ends.back();
  open.bytes_given += size;
  const base::ByteView positions = std::as_bytes(std::span(ends));
  const wire::Items message{map, ends.size()};
  if (size >= base::shared_from) {
    std::vector<base::ByteView> pieces{positions};
    pieces.insert(pieces.end(), items.begin(), items.end());
    link_.send(wire::encode(message), pool_.copy(pieces, positions.size()));
  } else {
    base::Bytes head = wire::encode_head(message, positions.size() + size);
    base::append(head, positions);
    for (const base::ByteView piece : items) base::append(head, piece);
    link_.send(head);
  }
  link_.flush();
  return true;
}

void DriverClient::close(std::uint32_t map) {
  tell(wire::CloseMap{map});
}

void DriverClient::cancel(std::uint32_t map, bool end) {
  tell(wire::CancelMap{map, end});
}

std::uint64_t DriverClient::ask_state() {
  tell(wire::AskState{});
  return ++asked_;
}

bool DriverClient::step() {
  bool any = central_.step && central_.step();
  while (const auto message = link_.front()) {
    handle(*message);
    link_.pop();
    any = true;
  }
  link_.flush();
  if (!any && link_.closed() && !link_.front())
    throw base::SystemError(last_words_.empty() ? "the session has ended"
                                                : "the session has ended: " + last_words_);
  return any;
}

void DriverClient::handle(const DriverLink::Message& message) {
  const auto parts = wire::split(message.bytes);
  switch (parts.type) {
    case wire::Type::crew:
      crew_ = wire::decode<wire::Crew>(parts);
      return;
    case wire::Type::task_outcomes: {
      const auto origin = wire::decode<wire::TaskOutcomes>(parts);
      const auto map = maps_.find(origin.map);
      if (map == maps_.end()) return;
      const auto block = wire::payload_of(parts, message.payload);
      base::ByteView values;
      const std::uint64_t count = base::decode_block_header(block, values).tasks.count;
      map->second.under_way -= std::min(map->second.under_way, count);
      return map->second.sink(origin, block);
    }
    case wire::Type::map_done: {
      const auto map = maps_.extract(wire::decode<wire::MapDone>(parts).map);
      if (!map.empty() && map.mapped().done) map.mapped().done(map.key());
      return;
    }
    case wire::Type::driver_setup_failed:
      if (!failure_) failure_ = wire::decode<wire::DriverSetupFailed>(parts).failure;
      return;
    case wire::Type::share_taken:
      offered_.pop_front();
      return;
    case wire::Type::session_state:
      state_ = wire::decode<wire::SessionState>(parts);
      ++answered_;
      return;
    case wire::Type::warning:
      last_words_ = wire::decode<wire::Warning>(parts).text;
      return;
    default:
      throw base::DecodeError("message that is not for a driver");
  }
}

void DriverClient::wait_until(const std::function<bool()>& condition) {
  while (!condition()) {
    const auto seen = rings();
    if (step()) continue;
    if (central_.sleep)
      central_.sleep();
    else
      rest(seen, 1s);
  }
}

}  // namespace mproc::run
