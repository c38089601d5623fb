#include "mproc/base/unix_socket.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "mproc/base/error.hpp"

namespace mproc::base {
namespace {

sockaddr_un address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  MPROC_CHECK(path.native().size() < sizeof address.sun_path,
              "TMPDIR is too long for a socket in it ({}); set TMPDIR=/tmp", path.string());
  std::memcpy(address.sun_path, path.c_str(), path.native().size() + 1);
  return address;
}

}  // namespace

Fd listen_at(const std::filesystem::path& path, int type) {
  const sockaddr_un address = address_of(path);
  Fd socket(::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket.get(), 1) != 0)
    throw SystemError("cannot listen at " + path.string(), errno);
  return socket;
}

Fd connect_to(const std::filesystem::path& path, int type) {
  const sockaddr_un address = address_of(path);
  Fd socket(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
  if (!socket || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw SystemError("cannot connect to " + path.string(), errno);
  return socket;
}

}  // namespace mproc::base
