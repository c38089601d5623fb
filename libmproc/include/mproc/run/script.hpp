#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mproc/base/fd.hpp"
#include "mproc/run/control.hpp"
#include "mproc/run/request.hpp"

namespace mproc::run {

/// The user's program as a child of central's, under the user's own mpirun: a driver that asks for its
/// session when it wants one. Its input, output and signals are those of rank 0.
class Script {
 public:
  /// Forks, before MPI_Init; the child waits for begin(). Throws SystemError.
  explicit Script(const std::vector<std::string>& words);
  /// Lets the program start. It finds us by MPROC_DRIVER, "PID:FD", where its own pid is that one.
  void begin();
  /// What the program asks for now, with the number of `workers` that there are: a session for the driver
  /// that listens at the request's socket. What cannot be is answered.
  std::optional<Request> asks(int workers);
  /// No session can be had, or no more.
  void refuse(const std::string& why) { control_->send({{"error", why}}); }
  bool has_ended() const;
  /// As a shell has it: 128 + signal, where one ended it. Waits for the end.
  int status();
  /// Becomes readable when it asks for something, or is gone.
  int asking() const { return control_->fd(); }
  int pidfd() const { return pidfd_.get(); }

 private:
  pid_t pid_ = -1;
  base::Fd pidfd_;
  std::optional<ControlLink> control_;
};

}  // namespace mproc::run
