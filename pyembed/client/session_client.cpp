#include "session_client.hpp"

#include <algorithm>

#include "mproc/base/error.hpp"

namespace mproc::client {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto look_interval = 50ms;

}  // namespace

SessionClient::SessionClient(base::Fd socket) : client_(std::move(socket)), thread_([this] { look(); }) {}

void SessionClient::stop() {
  end("the session has been stopped");
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
    const auto arrived = [inbox](Arrival arrival) { inbox->arrivals_.push_back(std::move(arrival)); };
    return client_.open(
        std::move(spec), options,
        [arrived](const wire::TaskOutcomes& origin, const base::PayloadView& block) {
          arrived({origin.map, false, block.keep()});
        },
        [arrived](std::uint32_t map) { arrived({.map = map, .done = true}); });
  });
}

void SessionClient::close(std::uint32_t map) {
  guarded([&] { client_.close(map); });
}

void SessionClient::cancel(std::uint32_t map, bool end) {
  guarded([&] { client_.cancel(map, end); });
}

template <class Ready>
bool SessionClient::wait(Duration time, Ready ready) {
  std::unique_lock lock(mutex_);
  const auto end = Clock::now() + time;
  for (;;) {
    if (ready()) return true;
    check();
    const Duration left = std::max<Duration>(end - Clock::now(), 0ns);
    if (!leading_) {
      lead(lock, left);
      if (left == 0ns) return ready();
    } else {
      if (left == 0ns) return false;
      moved_.wait_until(lock, end);
    }
  }
}

/// Handles what has come, or waits for it, for all threads that wait.
void SessionClient::lead(std::unique_lock<std::mutex>& lock, Duration time) {
  leading_ = true;
  try {
    const auto seen = client_.rings();
    if (!client_.step() && time > 0ns) {
      lock.unlock();
      client_.rest(seen, time);
      lock.lock();
    }
  } catch (const std::exception& error) {
    if (!ended_) ended_ = error.what();
  }
  leading_ = false;
  moved_.notify_all();
}

bool SessionClient::give(std::uint32_t map, const std::vector<std::uint64_t>& ends,
                         std::span<const base::ByteView> items, Duration time) {
  return wait(time, [&] {
    check();
    return client_.is_done(map) || client_.give(map, ends, items);
  });
}

std::optional<Arrival> SessionClient::take(Inbox& inbox, Duration time) {
  std::optional<Arrival> arrival;
  wait(time, [&] {
    if (inbox.arrivals_.empty()) return false;
    arrival = std::move(inbox.arrivals_.front());
    inbox.arrivals_.pop_front();
    return true;
  });
  return arrival;
}

void SessionClient::poke(Inbox& inbox) {
  const std::lock_guard lock(mutex_);
  inbox.arrivals_.push_back({.map = UINT32_MAX, .done = true});
  client_.wake();
  moved_.notify_all();
}

std::uint32_t SessionClient::executors() {
  wait(0ns, [] { return false; });
  return guarded([&] { return client_.executors(); });
}

bool SessionClient::wait_for_executors(std::uint32_t count, Duration time) {
  return wait(time, [&] { return client_.executors() >= (count > 0 ? count : client_.workers()); });
}

std::uint64_t SessionClient::ask_state() {
  return guarded([&] { return client_.ask_state(); });
}

std::optional<wire::SessionState> SessionClient::state(std::uint64_t question, Duration time) {
  std::optional<wire::SessionState> answer;
  wait(time, [&] {
    if (const auto* found = client_.state(question)) answer = *found;
    return answer.has_value();
  });
  return answer;
}

void SessionClient::end(const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (!ended_) ended_ = why;
  client_.wake();
  moved_.notify_all();
  ending_.notify_all();
}

void SessionClient::look() {
  std::unique_lock lock(mutex_);
  while (!ended_) {
    ending_.wait_for(lock, look_interval);
    if (!leading_ && !ended_) lead(lock, 0ns);
  }
}

}  // namespace mproc::client
