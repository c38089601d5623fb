#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "mproc/base/bytes.hpp"
#include "mproc/base/msgpack.hpp"

namespace mproc::journal {

/// The start of one msgpack value, read in place: tables of many millions of scalars are written from these,
/// without a tree in between.
struct Token {
  enum class Kind : std::uint8_t {
    nil,
    boolean,
    integer,
    unsigned_integer,
    real,
    string,
    binary,
    array,
    map,
    ext
  };
  Kind kind = Kind::nil;
  base::Ext ext{};  ///< with Kind::ext
  bool boolean = false;
  std::int64_t integer = 0;            ///< with Kind::integer
  std::uint64_t unsigned_integer = 0;  ///< with Kind::unsigned_integer: above INT64_MAX
  double real = 0;
  std::uint64_t count = 0;  ///< elements of an array, pairs of a map
  base::ByteView bytes;     ///< of string, binary and ext
  bool is(base::Ext type) const { return kind == Kind::ext && ext == type; }
};

/// `offset` moves past it: past the whole value, but for arrays and maps to their first element.
/// Throws DecodeError for what is torn.
Token read_token(base::ByteView from, std::size_t& offset);

/// The digits of an Ext::bigint: they go into JSON and pickles as they are, so DecodeError for anything else.
std::string_view big_integer(const Token& token);

}  // namespace mproc::journal
