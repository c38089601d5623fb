#include "token.hpp"

#include <bit>

#include "mproc/base/error.hpp"

namespace mproc::journal {
namespace {

using Kind = Token::Kind;

base::ByteView take(base::ByteView from, std::size_t& offset, std::uint64_t size) {
  if (size > from.size() - offset) throw base::DecodeError("msgpack value cut off");
  const base::ByteView taken = from.subspan(offset, size);
  offset += size;
  return taken;
}

template <class T>
T big_endian(base::ByteView from, std::size_t& offset) {
  const base::ByteView bytes = take(from, offset, sizeof(T));
  std::uint64_t value = 0;
  for (const std::byte b : bytes) value = value << 8 | std::to_integer<std::uint64_t>(b);
  return static_cast<T>(value);
}

/// Lengths come in 1, 2 or 4 bytes; `width` is 0, 1 or 2.
std::uint64_t length(base::ByteView from, std::size_t& offset, unsigned width) {
  if (width == 0) return big_endian<std::uint8_t>(from, offset);
  if (width == 1) return big_endian<std::uint16_t>(from, offset);
  return big_endian<std::uint32_t>(from, offset);
}

Token of_integer(std::int64_t value) {
  Token token;
  token.kind = Kind::integer;
  token.integer = value;
  return token;
}

Token of_unsigned(std::uint64_t value) {
  if (value <= INT64_MAX) return of_integer(static_cast<std::int64_t>(value));
  Token token;
  token.kind = Kind::unsigned_integer;
  token.unsigned_integer = value;
  return token;
}

Token of_real(double value) {
  Token token;
  token.kind = Kind::real;
  token.real = value;
  return token;
}

Token of_bool(bool value) {
  Token token;
  token.kind = Kind::boolean;
  token.boolean = value;
  return token;
}

Token of_bytes(Kind kind, base::ByteView bytes) {
  Token token;
  token.kind = kind;
  token.bytes = bytes;
  return token;
}

Token of_container(Kind kind, std::uint64_t count) {
  Token token;
  token.kind = kind;
  token.count = count;
  return token;
}

Token of_ext(base::ByteView from, std::size_t& offset, std::uint64_t size) {
  const auto type = static_cast<base::Ext>(big_endian<std::int8_t>(from, offset));
  Token token = of_bytes(Kind::ext, take(from, offset, size));
  token.ext = type;
  return token;
}

Token read_wide(base::ByteView from, std::size_t& offset, unsigned tag) {
  switch (tag) {
    case 0xc0:
      return {};
    case 0xc2:
      return of_bool(false);
    case 0xc3:
      return of_bool(true);
    case 0xc4:
    case 0xc5:
    case 0xc6:
      return of_bytes(Kind::binary, take(from, offset, length(from, offset, tag - 0xc4)));
    case 0xc7:
    case 0xc8:
    case 0xc9:
      return of_ext(from, offset, length(from, offset, tag - 0xc7));
    case 0xca:
      return of_real(std::bit_cast<float>(big_endian<std::uint32_t>(from, offset)));
    case 0xcb:
      return of_real(std::bit_cast<double>(big_endian<std::uint64_t>(from, offset)));
    case 0xcc:
      return of_unsigned(big_endian<std::uint8_t>(from, offset));
    case 0xcd:
      return of_unsigned(big_endian<std::uint16_t>(from, offset));
    case 0xce:
      return of_unsigned(big_endian<std::uint32_t>(from, offset));
    case 0xcf:
      return of_unsigned(big_endian<std::uint64_t>(from, offset));
    case 0xd0:
      return of_integer(big_endian<std::int8_t>(from, offset));
    case 0xd1:
      return of_integer(big_endian<std::int16_t>(from, offset));
    case 0xd2:
      return of_integer(big_endian<std::int32_t>(from, offset));
    case 0xd3:
      return of_integer(big_endian<std::int64_t>(from, offset));
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8:
      return of_ext(from, offset, std::uint64_t{1} << (tag - 0xd4));
    case 0xd9:
    case 0xda:
    case 0xdb:
      return of_bytes(Kind::string, take(from, offset, length(from, offset, tag - 0xd9)));
    case 0xdc:
    case 0xdd:
      return of_container(Kind::array, length(from, offset, tag - 0xdc + 1));
    case 0xde:
    case 0xdf:
      return of_container(Kind::map, length(from, offset, tag - 0xde + 1));
    default:
      throw base::DecodeError("msgpack value malformed");
  }
}

}  // namespace

Token read_token(base::ByteView from, std::size_t& offset) {
  if (offset >= from.size()) throw base::DecodeError("msgpack value missing");
  const auto tag = std::to_integer<unsigned>(from[offset++]);
  if (tag < 0x80) return of_integer(tag);
  if (tag >= 0xe0) return of_integer(static_cast<std::int8_t>(tag));
  if (tag < 0x90) return of_container(Kind::map, tag & 0x0f);
  if (tag < 0xa0) return of_container(Kind::array, tag & 0x0f);
  if (tag < 0xc0) return of_bytes(Kind::string, take(from, offset, tag & 0x1f));
  return read_wide(from, offset, tag);
}

std::string_view big_integer(const Token& token) {
  const std::string_view text = base::text(token.bytes);
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  if (digits.empty() || digits.front() == '0' || digits.find_first_not_of("0123456789") != digits.npos)
    throw base::DecodeError("integer that is not of digits");
  return text;
}

}  // namespace mproc::journal
