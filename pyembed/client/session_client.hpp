#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "mproc/run/driver_client.hpp"

namespace mproc::client {

/// What has come of a map: outcomes of some tasks, or that all have come.
struct Arrival {
  std::uint32_t map = 0;
  bool done = false;
  base::Payload block;  ///< an encoded base::OutcomeBlock
};

/// Where the outcomes of one map or of several wait to be looked at.
class Inbox {
  friend class SessionClient;
  std::deque<Arrival> arrivals_;
};

/// A run::DriverClient for many threads: the first of those that wait takes what comes for all; one of its
/// own looks now and then when none waits.
class SessionClient {
 public:
  using Duration = std::chrono::nanoseconds;
  /// `socket`: where central has connected.
  explicit SessionClient(base::Fd socket);
  ~SessionClient() { stop(); }
  SessionClient(const SessionClient&) = delete;
  SessionClient& operator=(const SessionClient&) = delete;

  /// Ends every call under way; the session ends with this object.
  void stop();

  // As those of DriverClient. SystemError when the session has ended.
  void init(const job::InitBlock& block);
  void share(const job::ArraySpec& array, base::ByteView elements);
  void unshare(const std::string& name);
  std::uint32_t open(job::MapSpec spec, const run::DriverClient::MapOptions& options,
                     std::shared_ptr<Inbox> inbox);
  void close(std::uint32_t map);
  void cancel(std::uint32_t map, bool end);
  /// Gives items, as soon as there is room for them: false when there was none in that time.
  bool give(std::uint32_t map, const std::vector<std::uint64_t>& ends, std::span<const base::ByteView> items,
            Duration time);

  /// The oldest arrival, as soon as there is one: nothing when none came in that time.
  std::optional<Arrival> take(Inbox& inbox, Duration time);
  /// Puts an arrival of no map into the inbox, for whoever waits there.
  void poke(Inbox& inbox);
  /// Executors that are up.
  std::uint32_t executors();
  /// Waits until so many are up; false when they are fewer after that time.
  bool wait_for_executors(std::uint32_t count, Duration time);
  /// Asks where the session stands; the question's number.
  std::uint64_t ask_state();
  /// The answer, as soon as it has come: nothing when it has not in that time.
  std::optional<wire::SessionState> state(std::uint64_t question, Duration time);

 private:
  template <class Call>
  auto guarded(Call call);
  void check() const;
  template <class Ready>
  bool wait(Duration time, Ready ready);
  void lead(std::unique_lock<std::mutex>& lock, Duration time);
  void end(const std::string& why);
  void look();

  std::mutex mutex_;  // of all below
  run::DriverClient client_;
  std::condition_variable moved_, ending_;
  bool leading_ = false;
  std::optional<std::string> ended_;
  std::thread thread_;
};

}  // namespace mproc::client
