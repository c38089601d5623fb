#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "mproc/base/doorbell.hpp"
#include "mproc/base/fd.hpp"
#include "mproc/base/watcher.hpp"
#include "mproc/comm/channel.hpp"
#include "mproc/run/control.hpp"
#include "mproc/run/request.hpp"

namespace mproc::run {

/// The user's program as a child of central's, under the user's own mpirun: a driver that asks for its
/// session when it wants one. Its input, output and signals are those of rank 0.
class Script {
 public:
  /// Forks, before MPI_Init; the child waits for follow(). Throws SystemError.
  explicit Script(const std::vector<std::string>& words);
  /// Serves the session of a driver that listens at the request's socket, and says why it has ended.
  using Serve = std::function<std::string(const Request&)>;
  /// Lets the program run to its end, with a session once it asks for one: it finds us by MPROC_DRIVER,
  /// "PID:FD", where its own pid is that one. Until then the other ranks hear from us here. Returns its exit
  /// status, as a shell has it: 128 + signal, where one ended it.
  int follow(base::Doorbell& bell, base::Watcher& watcher, comm::Channel& channel, const Serve& serve);
  bool has_ended() const;

 private:
  std::optional<Request> asks(int workers);
  void refuse(const std::string& why) { control_->send({{"error", why}}); }
  int status();

  pid_t pid_ = -1;
  base::Fd pidfd_;
  std::optional<ControlLink> control_;
};

}  // namespace mproc::run
