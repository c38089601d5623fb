#include "mproc/run/control.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "mproc/base/error.hpp"
#include "mproc/base/unix_socket.hpp"

namespace mproc::run {

ControlLink::ControlLink(base::Fd socket) : socket_(std::move(socket)) {
  ::fcntl(socket_.get(), F_SETFL, ::fcntl(socket_.get(), F_GETFL) | O_NONBLOCK);
}

ControlLink ControlLink::connect(const std::string& path) {
  return ControlLink(base::connect_to(path, SOCK_STREAM));
}

void ControlLink::send(const nlohmann::json& record) {
  out_ += record.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
  flush();
}

bool ControlLink::flush() {
  while (!out_.empty() && !closed_) {
    const ssize_t n = ::send(socket_.get(), out_.data(), out_.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
    if (n < 0)
      closed_ = true;
    else
      out_.erase(0, static_cast<std::size_t>(n));
  }
  return true;
}

std::optional<nlohmann::json> ControlLink::receive() {
  std::array<char, 4096> buffer{};
  while (!closed_) {
    const ssize_t n = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (n <= 0)
      closed_ = true;
    else
      in_.append(buffer.data(), static_cast<std::size_t>(n));
  }
  const auto end = in_.find('\n');
  if (end == std::string::npos) return std::nullopt;
  const std::string line = in_.substr(0, end);
  in_.erase(0, end + 1);
  try {
    return nlohmann::json::parse(line);
  } catch (const nlohmann::json::exception&) {
    throw base::DecodeError("control record that is not JSON");
  }
}

}  // namespace mproc::run
