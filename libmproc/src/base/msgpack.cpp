#include "mproc/base/msgpack.hpp"

#include <array>

#include "mproc/base/error.hpp"

namespace mproc::base {
namespace {

constexpr std::size_t max_depth = 512;
// Counts are bounded by the bytes that are left, not by msgpack's limits (which would also refuse 4 GiB
// values).
constexpr std::size_t no_limit = 0xffffffff;

/// Sizes of the values whose first byte gives them, 0 for others: most of what is skipped.
constexpr std::array<std::uint8_t, 256> make_fixed_sizes() {
  std::array<std::uint8_t, 256> sizes{};
  for (unsigned tag = 0; tag < 256; ++tag) {
    if (tag < 0x80 || tag >= 0xe0 || tag == 0xc0 || tag == 0xc2 || tag == 0xc3) sizes[tag] = 1;
    if (tag >= 0xa0 && tag < 0xc0) sizes[tag] = static_cast<std::uint8_t>(1 + (tag & 0x1f));
  }
  for (unsigned power = 0; power < 4; ++power)
    sizes[0xcc + power] = sizes[0xd0 + power] = static_cast<std::uint8_t>(1 + (1U << power));
  sizes[0xca] = 5;
  sizes[0xcb] = 9;
  return sizes;
}
constexpr auto fixed_sizes = make_fixed_sizes();

bool reference_all(msgpack::type::object_type, std::size_t, void*) {
  return true;
}

/// Walks a value without building it.
struct SkipVisitor : msgpack::null_visitor {
  std::size_t depth = 0;
  bool enter() { return ++depth <= max_depth; }
  bool leave() {
    --depth;
    return true;
  }
  bool start_array(std::uint32_t) { return enter(); }
  bool end_array() { return leave(); }
  bool start_map(std::uint32_t) { return enter(); }
  bool end_map() { return leave(); }
};

}  // namespace

void throw_decode_error(const char* what) {
  throw DecodeError(what);
}

std::size_t skip_value(ByteView bytes, std::size_t offset) {
  if (offset >= bytes.size()) throw DecodeError("msgpack value missing");
  const std::size_t size = fixed_sizes[std::to_integer<std::size_t>(bytes[offset])];
  if (size != 0 && size <= bytes.size() - offset) return offset + size;
  SkipVisitor visitor;
  if (!msgpack::parse(reinterpret_cast<const char*>(bytes.data()), bytes.size(), offset, visitor))
    throw DecodeError("msgpack value cut off or malformed");
  return offset;
}

msgpack::object_handle unpack_value(ByteView bytes, std::size_t& offset) {
  const std::size_t end = skip_value(bytes, offset);
  const msgpack::unpack_limit limit(no_limit, no_limit, no_limit, no_limit, no_limit, max_depth);
  try {
    bool referenced = false;
    return msgpack::unpack(reinterpret_cast<const char*>(bytes.data()), end, offset, referenced,
                           reference_all, nullptr, limit);
  } catch (const msgpack::unpack_error&) {
    throw DecodeError("msgpack value malformed");
  }
}

}  // namespace mproc::base
