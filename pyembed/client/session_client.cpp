#include "session_client.hpp"

#include <algorithm>

#include "mproc/base/error.hpp"

namespace mproc::client {

using namespace std::chrono_literals;

SessionClient::SessionClient(base::Fd socket) : client_(std::move(socket)), thread_([this] { pump(); }) {}

void SessionClient::stop() {
  end("the session has been stopped");
  client_.wake();
  if (thread_.joinable()) thread_.join();
}

void SessionClient::check() const {
  if (ended_) throw base::SystemError(*ended_);
}

template <class Call>
auto SessionClient::guarded(Call call) {
  const std::lock_guard lock(mutex_);
  check();
  return call();
}

void SessionClient::init(const job::InitBlock& block) {
  guarded([&] { client_.init(block); });
}

void SessionClient::share(const job::ArraySpec& array, base::ByteView elements) {
  guarded([&] { client_.share(array, elements); });
}

void SessionClient::unshare(const std::string& name) {
  guarded([&] { client_.unshare(name); });
}

std::uint32_t SessionClient::open(job::MapSpec spec, const run::DriverClient::MapOptions& options,
                                  std::shared_ptr<Inbox> inbox) {
  return guarded([&] {
    std::erase_if(inboxes_, [](const auto& known) { return known.expired(); });
    inboxes_.push_back(inbox);
    const auto arrived = [this, inbox](Arrival arrival) {
      inbox->arrivals_.push_back(std::move(arrival));
      if (touched_.empty() || touched_.back() != inbox) touched_.push_back(inbox);
    };
    return client_.open(
        std::move(spec), options,
        [arrived](const wire::TaskOutcomes& origin, const base::PayloadView& block) {
          arrived({origin.map, false, origin.rank, origin.host, block.keep()});
        },
        [arrived](std::uint32_t map) { arrived({.map = map, .done = true}); });
  });
}

void SessionClient::close(std::uint32_t map) {
  guarded([&] { client_.close(map); });
}

void SessionClient::cancel(std::uint32_t map) {
  guarded([&] { client_.cancel(map); });
}

bool SessionClient::give(std::uint32_t map, const std::vector<std::uint64_t>& ends,
                         std::span<const base::ByteView> items, Duration time) {
  std::unique_lock lock(mutex_);
  bool given = false;
  moved_.wait_for(lock, time, [&] {
    check();
    given = client_.is_done(map) || client_.give(map, ends, items);
    return given;
  });
  return given;
}

std::optional<Arrival> SessionClient::take(Inbox& inbox, Duration time) {
  std::unique_lock lock(mutex_);
  inbox.came_.wait_for(lock, time, [&] { return !inbox.arrivals_.empty() || ended_; });
  if (inbox.arrivals_.empty()) {
    check();
    return std::nullopt;
  }
  Arrival arrival = std::move(inbox.arrivals_.front());
  inbox.arrivals_.pop_front();
  return arrival;
}

void SessionClient::poke(Inbox& inbox) {
  const std::lock_guard lock(mutex_);
  inbox.arrivals_.push_back({.map = UINT32_MAX, .done = true});
  inbox.came_.notify_all();
}

std::uint32_t SessionClient::executors() {
  return guarded([&] { return client_.executors(); });
}

bool SessionClient::wait_for_executors(std::uint32_t count, Duration time) {
  std::unique_lock lock(mutex_);
  return moved_.wait_for(lock, time, [&] {
    check();
    return client_.executors() >= count;
  });
}

std::optional<base::Failure> SessionClient::take_failure() {
  return guarded([&] { return client_.take_failure(); });
}

bool SessionClient::step() {
  const std::lock_guard lock(mutex_);
  const bool any = client_.step();
  for (const auto& inbox : touched_) inbox->came_.notify_all();
  touched_.clear();
  if (any) moved_.notify_all();
  return any;
}

void SessionClient::end(const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (!ended_) ended_ = why;
  for (const auto& known : inboxes_)
    if (const auto inbox = known.lock()) inbox->came_.notify_all();
  moved_.notify_all();
}

void SessionClient::pump() {
  for (;;) {
    const auto seen = client_.rings();
    {
      const std::lock_guard lock(mutex_);
      if (ended_) return;
    }
    try {
      if (!step()) client_.rest(seen, 1s);
    } catch (const std::exception& error) {
      return end(error.what());
    }
  }
}

}  // namespace mproc::client
