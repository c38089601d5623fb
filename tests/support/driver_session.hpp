#pragma once

#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <memory>
#include <string>
#include <vector>

#include "mproc/base/error.hpp"
#include "mproc/base/unix_socket.hpp"
#include "mproc/run/driver_client.hpp"
#include "support/eventually.hpp"
#include "support/temp_directory.hpp"

namespace mproc::testing {

/// A session of the real program: launcher, mpirun, central and workers, with a client to it. It ends with
/// the object.
class DriverSession {
 public:
  /// `settings`: of its executors, "task.memory=1GiB".
  DriverSession(const std::string& program, int executors, const std::vector<std::string>& settings = {}) {
    const std::string path = (dir_ / "driver").string(), number = std::to_string(executors);
    const base::Fd listener = base::listen_at(path, SOCK_SEQPACKET);
    std::vector<std::string> words{program, "session", path, "-j", number};
    for (const auto& setting : settings) words.insert(words.end(), {"--set", setting});
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    if (::posix_spawn(&launcher_, program.c_str(), nullptr, nullptr, argv.data(), environ) != 0)
      throw base::SystemError("cannot start " + program, errno);
    base::Fd socket;
    eventually([&] {
      socket.reset(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
      return static_cast<bool>(socket) || has_ended();
    });
    if (!socket) throw base::SystemError("the session did not come up");
    client_ = std::make_unique<run::DriverClient>(std::move(socket));
    client_->wait_until([&] { return client_->executors() == static_cast<std::uint32_t>(executors); });
  }
  ~DriverSession() {
    client_.reset();
    if (!eventually([&] { return has_ended(); })) ::kill(launcher_, SIGKILL);
  }
  DriverSession(const DriverSession&) = delete;
  DriverSession& operator=(const DriverSession&) = delete;

  run::DriverClient& client() { return *client_; }
  pid_t launcher() const { return launcher_; }
  bool has_ended() {
    if (launcher_ > 0 && ::waitpid(launcher_, nullptr, WNOHANG) == launcher_) launcher_ = -1;
    return launcher_ < 0;
  }

 private:
  TempDirectory dir_;
  pid_t launcher_ = -1;
  std::unique_ptr<run::DriverClient> client_;
};

}  // namespace mproc::testing
