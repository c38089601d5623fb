#pragma once

#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "mproc/base/doorbell.hpp"
#include "mproc/base/fd.hpp"
#include "mproc/base/shared_bytes.hpp"
#include "mproc/base/shared_memory.hpp"
#include "mproc/exec/ring.hpp"

namespace mproc::run {

/// One end of the connection between a driver and central: whole messages through two rings in shared memory,
/// which a Unix socket has carried over and whose closing tells that the other side is gone. One thread an
/// end; nothing blocks. What does not fit into the ring waits here.
class DriverLink {
 public:
  /// Central's end, towards a driver that listens at `path` (SOCK_SEQPACKET). `bell`: memory of central's
  /// doorbell, which the driver rings. Throws SystemError.
  static DriverLink connect(const std::string& path, const base::SharedMemory& bell);
  /// The same, on a socket of that type whose other end is the driver's.
  static DriverLink begin(base::Fd socket, const base::SharedMemory& bell);
  /// The driver's end, on a socket that central has connected. Waits for central's first message. Throws
  /// SystemError, DecodeError.
  static DriverLink accept(base::Fd socket);

  /// The bell that the other side rings: central's own, or the one that the driver sleeps on.
  base::Doorbell& bell() const { return *own_bell_; }
  /// A message, whose payload may have come in shared memory.
  struct Message {
    base::ByteView bytes;
    base::SharedBytes payload;
  };
  /// Takes a message of one or two parts, which are copied once; a payload in shared memory is handed on. The
  /// other side is woken by flush().
  void send(base::ByteView head, const base::PayloadView& tail = {});
  /// The oldest message that has come, valid until pop().
  std::optional<Message> front();
  void pop();
  /// After some sends or pops: moves what waits into the ring and wakes the other side. False when there is
  /// still something left.
  bool flush();
  /// Bytes that wait for room in the ring.
  std::size_t backlog() const { return waiting_bytes_; }
  /// The other side has gone. What it sent before can still be read.
  bool closed();
  /// Becomes readable when the other side goes.
  int fd() const { return socket_.get(); }

 private:
  struct Page;
  DriverLink(base::Fd socket, base::SharedMemory page, base::SharedMemory to_driver,
             base::SharedMemory to_central, base::SharedMemory central_bell, bool is_central);
  bool put(base::ByteView head, const base::PayloadView& tail);
  bool move_waiting();

  base::Fd socket_;
  base::SharedMemory page_memory_, central_bell_memory_;
  Page& page_;
  base::Doorbell *own_bell_, *their_bell_;
  exec::Ring out_, in_;
  std::deque<std::pair<base::Bytes, base::SharedBytes>> waiting_;
  base::SharedBytes front_payload_;  // of the message that front() gave
  std::size_t waiting_bytes_ = 0;
  bool unrung_ = false, closed_ = false;
};

}  // namespace mproc::run
