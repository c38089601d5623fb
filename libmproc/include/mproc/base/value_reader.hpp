#pragma once

#include <boost/endian/conversion.hpp>
#include <cstdint>
#include <string_view>

#include "mproc/base/bytes.hpp"
#include "mproc/base/error.hpp"
#include "mproc/base/msgpack.hpp"

namespace mproc::base {

/// Reads consecutive msgpack values, in one pass, into objects that `Build` makes:
///
///     using Object = ...;
///     Object nil();  Object boolean(bool);  Object integer(std::int64_t);  Object natural(std::uint64_t);
///     Object real(double);  Object string(std::string_view);  Object binary(std::string_view);
///     Object list(std::size_t count, auto next);   // next(): the following element
///     Object map(std::size_t count, auto next);    // next() gives a key, then its value
///     Object extension(Ext, ByteView body);
///
/// Throws DecodeError for bytes that are not whole values; `Build` may throw what it likes.
template <class Build>
class ValueReader {
 public:
  using Object = typename Build::Object;
  explicit ValueReader(ByteView bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  Object next(Build& build) { return value(build, 0); }
  /// Where the next value begins.
  const std::byte* at() const { return at_; }
  /// Passes over the next value.
  void skip() {
    const ByteView rest(at_, static_cast<std::size_t>(end_ - at_));
    at_ += skip_value(rest, 0);
  }

 private:
  static constexpr unsigned max_depth = 512;  // as unpack_value()

  std::string_view take(std::size_t size) {
    if (size > static_cast<std::size_t>(end_ - at_)) throw DecodeError("item cut off");
    const auto* from = reinterpret_cast<const char*>(at_);
    at_ += size;
    return {from, size};
  }

  template <class T>
  T number() {
    return boost::endian::endian_load<T, sizeof(T), boost::endian::order::big>(
        reinterpret_cast<const unsigned char*>(take(sizeof(T)).data()));
  }

  Object value(Build& build, unsigned depth) {
    if (depth > max_depth) throw DecodeError("item nested too deeply");
    const auto tag = static_cast<unsigned>(static_cast<unsigned char>(take(1)[0]));
    if (tag <= 0x7f) return build.integer(tag);
    if (tag <= 0x8f) return map(build, tag & 0x0f, depth);
    if (tag <= 0x9f) return list(build, tag & 0x0f, depth);
    if (tag <= 0xbf) return build.string(take(tag & 0x1f));
    if (tag >= 0xe0) return build.integer(static_cast<std::int64_t>(tag) - 0x100);
    return wide(build, tag, depth);
  }

  Object wide(Build& build, unsigned tag, unsigned depth) {
    switch (tag) {
      case 0xc0:
        return build.nil();
      case 0xc2:
      case 0xc3:
        return build.boolean(tag == 0xc3);
      case 0xc4:
        return build.binary(take(number<std::uint8_t>()));
      case 0xc5:
        return build.binary(take(number<std::uint16_t>()));
      case 0xc6:
        return build.binary(take(number<std::uint32_t>()));
      case 0xc7:
        return extension(build, number<std::uint8_t>());
      case 0xc8:
        return extension(build, number<std::uint16_t>());
      case 0xc9:
        return extension(build, number<std::uint32_t>());
      case 0xca:
        return build.real(static_cast<double>(number<float>()));
      case 0xcb:
        return build.real(number<double>());
      case 0xcc:
        return build.integer(number<std::uint8_t>());
      case 0xcd:
        return build.integer(number<std::uint16_t>());
      case 0xce:
        return build.integer(number<std::uint32_t>());
      case 0xcf:
        return build.natural(number<std::uint64_t>());
      case 0xd0:
        return build.integer(number<std::int8_t>());
      case 0xd1:
        return build.integer(number<std::int16_t>());
      case 0xd2:
        return build.integer(number<std::int32_t>());
      case 0xd3:
        return build.integer(number<std::int64_t>());
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return extension(build, std::size_t{1} << (tag - 0xd4));
      case 0xd9:
        return build.string(take(number<std::uint8_t>()));
      case 0xda:
        return build.string(take(number<std::uint16_t>()));
      case 0xdb:
        return build.string(take(number<std::uint32_t>()));
      case 0xdc:
        return list(build, number<std::uint16_t>(), depth);
      case 0xdd:
        return list(build, number<std::uint32_t>(), depth);
      case 0xde:
        return map(build, number<std::uint16_t>(), depth);
      case 0xdf:
        return map(build, number<std::uint32_t>(), depth);
      default:
        throw DecodeError("item with a byte that msgpack does not know");
    }
  }

  Object list(Build& build, std::size_t size, unsigned depth) {
    if (size > static_cast<std::size_t>(end_ - at_)) throw DecodeError("item cut off");
    return build.list(size, [&] { return value(build, depth + 1); });
  }

  Object map(Build& build, std::size_t size, unsigned depth) {
    return build.map(size, [&] { return value(build, depth + 1); });
  }

  Object extension(Build& build, std::size_t size) {
    const auto type = static_cast<Ext>(number<std::int8_t>());
    return build.extension(type, view(take(size)));
  }

  const std::byte* at_;
  const std::byte* end_;
};

}  // namespace mproc::base
