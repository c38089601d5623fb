#include "mproc/run/driver_link.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <new>
#include <utility>

#include "mproc/base/error.hpp"
#include "mproc/base/unix_socket.hpp"
#include "mproc/exec/socket_message.hpp"

namespace mproc::run {

namespace {

/// Begins every frame: where in the memory whose descriptor came through the socket its payload is, if at
/// all.
struct Loan {
  std::uint64_t offset = 0, size = 0;
};

}  // namespace

struct DriverLink::Page {
  exec::RingHeader to_driver, to_central;
  base::Doorbell driver_bell;
};

DriverLink DriverLink::connect(const std::string& path, const base::SharedMemory& bell) {
  return begin(base::connect_to(path, SOCK_SEQPACKET), bell);
}

DriverLink DriverLink::begin(base::Fd socket, const base::SharedMemory& bell) {
  auto page = base::SharedMemory::create("mproc-driver", sizeof(Page));
  new (page.data()) Page;
  auto to_driver = base::SharedMemory::create("mproc-to-driver", exec::Ring::initial_capacity);
  auto to_central = base::SharedMemory::create("mproc-to-central", exec::Ring::initial_capacity);
  if (!exec::send_message(socket.get(), {}, {page.fd(), to_driver.fd(), to_central.fd(), bell.fd()}))
    throw base::SystemError("cannot reach the driver", errno);
  auto central_bell = base::SharedMemory::open(base::Fd(::fcntl(bell.fd(), F_DUPFD_CLOEXEC, 0)));
  return {std::move(socket),     std::move(page),         std::move(to_driver),
          std::move(to_central), std::move(central_bell), true};
}

DriverLink DriverLink::accept(base::Fd socket) {
  exec::SocketMessage message;
  if (exec::receive_message(socket.get(), message, true) != exec::Received::message ||
      message.fds.size() != 4)
    throw base::SystemError("central has gone before the session began", ECONNRESET);
  auto page = base::SharedMemory::open(std::move(message.fds[0]));
  if (page.size() < sizeof(Page)) throw base::DecodeError("central is of another version");
  return {std::move(socket),
          std::move(page),
          base::SharedMemory::open(std::move(message.fds[1])),
          base::SharedMemory::open(std::move(message.fds[2])),
          base::SharedMemory::open(std::move(message.fds[3])),
          false};
}

DriverLink::DriverLink(base::Fd socket, base::SharedMemory page, base::SharedMemory to_driver,
                       base::SharedMemory to_central, base::SharedMemory central_bell, bool is_central)
    : socket_(std::move(socket)),
      page_memory_(std::move(page)),
      central_bell_memory_(std::move(central_bell)),
      page_(*page_memory_.as<Page>()),
      own_bell_(is_central ? central_bell_memory_.as<base::Doorbell>() : &page_.driver_bell),
      their_bell_(is_central ? &page_.driver_bell : central_bell_memory_.as<base::Doorbell>()),
      out_(is_central ? page_.to_driver : page_.to_central, std::move(is_central ? to_driver : to_central)),
      in_(is_central ? page_.to_central : page_.to_driver, std::move(is_central ? to_central : to_driver)) {}

bool DriverLink::put(base::ByteView head, const base::PayloadView& tail) {
  const base::ByteView inside = tail.shared != nullptr ? base::ByteView() : tail.bytes;
  const auto room = out_.reserve(sizeof(Loan) + head.size() + inside.size());
  if (!room) return false;
  Loan loan;
  if (tail.shared != nullptr) {
    if (!exec::send_descriptor(socket_.get(), tail.shared->fd()) && !closed()) return false;
    loan = {tail.shared->offset(), tail.shared->size()};
  }
  std::byte* to = room->data();
  std::memcpy(to, &loan, sizeof loan);
  if (!head.empty()) std::memcpy(to + sizeof loan, head.data(), head.size());
  if (!inside.empty()) std::memcpy(to + sizeof loan + head.size(), inside.data(), inside.size());
  out_.commit(room->size());
  unrung_ = true;
  return true;
}

void DriverLink::send(base::ByteView head, const base::PayloadView& tail) {
  if (move_waiting() && put(head, tail)) return;
  auto& [bytes, payload] = waiting_.emplace_back();
  payload = tail.handle();
  bytes.reserve(head.size() + (payload ? 0 : tail.bytes.size()));
  base::append(bytes, head);
  if (!payload) base::append(bytes, tail.bytes);
  waiting_bytes_ += bytes.size() + payload.size();
}

bool DriverLink::flush() {
  const bool all = move_waiting();
  if (std::exchange(unrung_, false)) their_bell_->ring();
  return all;
}

bool DriverLink::move_waiting() {
  while (!waiting_.empty()) {
    const auto& [bytes, payload] = waiting_.front();
    if (!put(bytes, payload ? base::PayloadView(payload) : base::PayloadView())) return false;
    waiting_bytes_ -= bytes.size() + payload.size();
    waiting_.pop_front();
  }
  return true;
}

std::optional<DriverLink::Message> DriverLink::front() {
  auto bytes = in_.front();
  if (!bytes) return std::nullopt;
  Loan loan;
  if (bytes->size() < sizeof loan) throw base::DecodeError("message of a driver is too short");
  std::memcpy(&loan, bytes->data(), sizeof loan);
  if (loan.size > 0 && !front_payload_)
    front_payload_ = base::SharedBytes::open(exec::receive_descriptor(socket_.get()), loan.offset, loan.size);
  return Message{bytes->subspan(sizeof loan), front_payload_};
}

void DriverLink::pop() {
  in_.pop();
  front_payload_ = {};
  unrung_ = true;  // it may wait for room
}

bool DriverLink::closed() {
  pollfd state{socket_.get(), POLLRDHUP, 0};  // though descriptors that nobody took may still be there
  closed_ = closed_ || (::poll(&state, 1, 0) > 0 && (state.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0);
  return closed_;
}

}  // namespace mproc::run
