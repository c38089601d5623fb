#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "mproc/base/fd.hpp"

namespace mproc::run {

/// One end of the control connection between central and its launcher: one JSON object a line, in both
/// directions, over a Unix socket. Nothing blocks: what does not fit waits here.
///
/// central → launcher: {"type": "hello", "pid"}, "reading" (the job and its data, which may be large: no
///   heartbeat until the first progress), "began" (there is a run directory), "progress" (Progress's members;
///   also the heartbeat), "note" and "warning" {"text"}, "ending" (the output is written: no heartbeat for a
///   while), "exit" (RunResult's members).
/// launcher → central: {"type": "drain", "reason": "interrupt" | "terminate"}.
class ControlLink {
 public:
  explicit ControlLink(base::Fd socket);
  /// Connects to a launcher's socket. Throws SystemError.
  static ControlLink connect(const std::string& path);

  void send(const nlohmann::json& record);
  /// The next whole record that has arrived. Throws DecodeError for what is not one.
  std::optional<nlohmann::json> receive();
  bool closed() const { return closed_; }
  int fd() const { return socket_.get(); }
  /// Tries to write what waits; false while something is left.
  bool flush();

 private:
  base::Fd socket_;
  std::string in_, out_;
  bool closed_ = false;
};

}  // namespace mproc::run
