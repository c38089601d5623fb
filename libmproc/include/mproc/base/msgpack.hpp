#pragma once

#include <cstdint>
#include <msgpack.hpp>
#include <string_view>

#include "mproc/base/bytes.hpp"

namespace mproc::base {

/// MessagePack extension types of items and results.
enum class Ext : std::int8_t {
  failure = 1,   ///< in place of a result: the task failed; the body is a msgpack Failure
  ndarray = 2,   ///< body: msgpack array [dtype.str, [shape...]], or [dtype.str, [shape...], padding], then
                 ///< the raw C-order bytes
  pickle = 3,    ///< body: a pickle, protocol 5
  bigint = 4,    ///< body: decimal text of an integer beyond 64 bits
  complex = 5,   ///< body: two little-endian doubles
  datetime = 6,  ///< body: ISO 8601 text
  buffers = 7,   ///< first of an array: then a pickle as bytes and its out-of-band buffers as ndarrays
};

/// Lets msgpack::packer write into Bytes: Packer(bytes).pack(value).
class BytesSink {
 public:
  explicit BytesSink(Bytes& bytes) : bytes_(&bytes) {}
  void write(const char* data, std::size_t n) { append(*bytes_, data, n); }

 private:
  Bytes* bytes_;
};

template <class T>
void pack_to(Bytes& to, const T& value) {
  BytesSink sink(to);
  msgpack::pack(sink, value);
}

/// End of the msgpack value that starts at `offset`. Throws DecodeError for bytes that are not a whole value.
std::size_t skip_value(ByteView bytes, std::size_t offset);

/// Decodes the whole of `bytes` as one T (MSGPACK_DEFINE types too). Throws DecodeError.
template <class T>
T unpack_as(ByteView bytes);

/// A decoded value whose strings and binaries point into the bytes it was decoded from.
/// `offset` moves past it. Throws DecodeError; nesting is limited.
msgpack::object_handle unpack_value(ByteView bytes, std::size_t& offset);

/// Turns any msgpack exception into DecodeError(what + reason).
[[noreturn]] void throw_decode_error(const char* what);

template <class T>
T unpack_as(ByteView bytes) {
  std::size_t offset = 0;
  const auto handle = unpack_value(bytes, offset);
  if (offset != bytes.size()) throw_decode_error("msgpack value with bytes behind it");
  try {
    return handle.get().as<T>();
  } catch (const msgpack::type_error&) {
    throw_decode_error("msgpack value of another type than expected");
  }
}

}  // namespace mproc::base
