#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "mproc/run/central.hpp"
#include "mproc/run/driver_link.hpp"
#include "mproc/run/observer.hpp"
#include "mproc/wire/driver_message.hpp"

namespace mproc::run {

class DriverStage;

/// A session on behalf of a driver: its maps live in memory and are not journalled. Ends when the driver
/// goes.
class DriverRun : Central::Listener {
 public:
  /// `link` must outlive the run.
  DriverRun(DriverLink& link, const Central::Environment& environment,
            std::vector<std::pair<std::string, std::string>> variables);
  ~DriverRun() override;

  /// Handles all that has come; never blocks. False when there was nothing.
  bool step(bool descriptors);
  /// Ends the session. `status`: drained or interrupted.
  void drain(base::ExitStatus status);
  bool finished() const { return finished_; }
  const RunResult& result() const { return result_; }
  const Central& central() const { return central_; }

 private:
  void on_setup_failed(base::Rank rank, const std::string& host, const base::Failure& failure,
                       std::size_t left) override;
  void on_no_worker(const std::string& why) override;
  void handle(const DriverLink::Message& message);
  void share(const wire::Share& message);
  void open(const wire::OpenMap& message);
  DriverStage* stage(std::uint32_t map);
  void report_crew();
  void report_state();
  void finish(base::ExitStatus status, const std::string& text);
  template <class Message>
  void tell(const Message& message) {
    link_.send(wire::encode(message));
  }

  DriverLink& link_;
  Observer& observer_;
  std::uint64_t recycle_;
  Central central_;
  std::map<std::uint32_t, std::unique_ptr<DriverStage>> stages_;  // maps that are open
  std::int64_t started_ns_, last_beat_ns_ = 0;
  wire::Crew crew_;
  wire::TaskCounts counts_;  // of tasks; those under way are counted when they are asked for
  bool finished_ = false;
  RunResult result_;
};

}  // namespace mproc::run
