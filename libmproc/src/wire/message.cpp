#include "mproc/wire/message.hpp"

#include <fmt/format.h>

#include <limits>

#include "mproc/base/error.hpp"

namespace mproc::wire {
namespace {

constexpr std::uint16_t magic = 0x504d;  // "MP"

struct Prefix {
  std::uint16_t magic;
  std::uint8_t version;
  std::uint8_t type;
  std::uint32_t head_bytes;
  std::uint64_t payload_bytes;
};
static_assert(sizeof(Prefix) == 16);

}  // namespace

base::Bytes detail::frame(Type type, base::ByteView head, std::size_t payload_bytes) {
  MPROC_ASSERT(head.size() <= std::numeric_limits<std::uint32_t>::max(), "message head of {} bytes",
               head.size());
  base::Bytes bytes;
  bytes.reserve(sizeof(Prefix) + head.size());
  base::append_pod(bytes, Prefix{magic, version, static_cast<std::uint8_t>(type),
                                 static_cast<std::uint32_t>(head.size()), payload_bytes});
  base::append(bytes, head);
  return bytes;
}

void detail::announce_payload(base::Bytes& message, std::size_t payload_bytes) {
  const std::uint64_t bytes = payload_bytes;
  std::memcpy(message.data() + offsetof(Prefix, payload_bytes), &bytes, sizeof bytes);
}

Parts split(base::ByteView bytes) {
  Prefix prefix;
  if (bytes.size() < sizeof prefix) throw base::DecodeError("message cut off");
  std::memcpy(&prefix, bytes.data(), sizeof prefix);
  if (prefix.magic != magic) throw base::DecodeError("message that is not mproc's");
  if (prefix.version != version)
    throw base::DecodeError(
        fmt::format("message of version {}, this mproc speaks {}; install the same mproc everywhere",
                    prefix.version, version));
  const auto type = static_cast<Type>(prefix.type);
  const bool known = (type >= Type::hello && type <= Type::skip) ||
                     (type >= Type::driver_init && type <= Type::session_state);
  if (!known) throw base::DecodeError(fmt::format("message of unknown type {}", prefix.type));
  bytes = bytes.subspan(sizeof prefix);
  if (prefix.head_bytes > bytes.size() || prefix.payload_bytes != bytes.size() - prefix.head_bytes)
    throw base::DecodeError("message whose sizes do not add up");
  return {type, bytes.first(prefix.head_bytes), bytes.subspan(prefix.head_bytes)};
}

}  // namespace mproc::wire
