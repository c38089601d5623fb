#include "mproc/base/msgpack.hpp"

#include "mproc/base/error.hpp"

namespace mproc::base {
namespace {

constexpr std::size_t max_depth = 512;
// Counts are bounded by the bytes that are left, not by msgpack's limits (which would also refuse 4 GiB
// values).
constexpr std::size_t no_limit = 0xffffffff;

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
  SkipVisitor visitor;
  if (offset >= bytes.size()) throw DecodeError("msgpack value missing");
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
