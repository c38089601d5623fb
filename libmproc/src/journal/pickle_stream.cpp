#include "pickle_stream.hpp"

#include <algorithm>
#include <bit>

#include "mproc/base/error.hpp"
#include "mproc/base/utf8.hpp"
#include "mproc/job/ndarray.hpp"
#include "mproc/journal/value_text.hpp"

namespace mproc::journal {
namespace {

using Kind = Token::Kind;

// Opcodes, named as in Python's pickletools.
constexpr char PROTO = '\x80', STOP = '.', NONE = 'N', NEWTRUE = '\x88', NEWFALSE = '\x89', BININT = 'J',
               LONG1 = '\x8a', LONG = 'L', BINFLOAT = 'G', SHORT_BINUNICODE = '\x8c', BINUNICODE = 'X',
               BINUNICODE8 = '\x8d', SHORT_BINBYTES = 'C', BINBYTES = 'B', BINBYTES8 = '\x8e',
               BYTEARRAY8 = '\x96', EMPTY_LIST = ']', EMPTY_DICT = '}', MARK = '(', APPENDS = 'e',
               SETITEMS = 'u', TUPLE = 't', TUPLE1 = '\x85', TUPLE2 = '\x86', TUPLE3 = '\x87', GLOBAL = 'c',
               REDUCE = 'R', LONG_BINPUT = 'r', LONG_BINGET = 'j', BINGET = 'h', EMPTY_TUPLE = ')';

}  // namespace

void PickleStream::number(std::uint64_t value, int size) {
  for (int i = 0; i < size; ++i) to_->push_back(static_cast<char>(value >> (8 * i)));
}

void PickleStream::start() {
  op(PROTO);
  op('\x05');
}
void PickleStream::stop() {
  op(STOP);
}
void PickleStream::start_list() {
  op(EMPTY_LIST);
  op(MARK);
}
void PickleStream::next_batch() {
  op(APPENDS);
  op(MARK);
}
void PickleStream::end_list() {
  op(APPENDS);
}
void PickleStream::start_dict() {
  op(EMPTY_DICT);
  op(MARK);
}
void PickleStream::end_dict() {
  op(SETITEMS);
}
void PickleStream::none() {
  op(NONE);
}

void PickleStream::integer(std::int64_t value) {
  const bool is_short = value >= INT32_MIN && value <= INT32_MAX;
  op(is_short ? BININT : LONG1);
  if (!is_short) number(8, 1);
  number(static_cast<std::uint64_t>(value), is_short ? 4 : 8);
}

void PickleStream::unsigned_integer(std::uint64_t value) {
  op(LONG1);
  number(9, 1);  // the ninth byte is the sign
  number(value, 8);
  number(0, 1);
}

void PickleStream::big_integer(std::string_view decimal) {
  op(LONG);
  to_->append(decimal).append("L\n");
}

void PickleStream::real(double value) {
  op(BINFLOAT);
  const auto bits = std::bit_cast<std::uint64_t>(value);
  for (int shift = 56; shift >= 0; shift -= 8) to_->push_back(static_cast<char>(bits >> shift));
}

void PickleStream::text(std::string_view text) {
  std::string valid;  // the unpickler refuses what is not UTF-8
  base::append_valid_utf8(valid, text);
  const bool tiny = valid.size() < 0x100, small = valid.size() <= 0xffffffff;
  op(tiny ? SHORT_BINUNICODE : small ? BINUNICODE : BINUNICODE8);
  number(valid.size(), tiny ? 1 : small ? 4 : 8);
  to_->append(valid);
}

void PickleStream::bytes(base::ByteView bytes) {
  const bool tiny = bytes.size() < 0x100, small = bytes.size() <= 0xffffffff;
  op(tiny ? SHORT_BINBYTES : small ? BINBYTES : BINBYTES8);
  number(bytes.size(), tiny ? 1 : small ? 4 : 8);
  to_->append(base::text(bytes));
}

bool PickleStream::recall(const std::string& key) {
  const auto found = memo_.find(key);
  if (found == memo_.end()) return false;
  const bool is_short = found->second < 0x100;
  op(is_short ? BINGET : LONG_BINGET);
  number(found->second, is_short ? 1 : 4);
  return true;
}

void PickleStream::remember(const std::string& key) {
  const auto place = static_cast<std::uint32_t>(memo_.size());
  memo_.emplace(key, place);
  op(LONG_BINPUT);
  number(place, 4);
}

void PickleStream::name(const std::string& name) {
  const std::string key = "text " + name;
  if (recall(key)) return;
  text(name);
  remember(key);
}

void PickleStream::global(const char* module_and_name) {
  const std::string key = std::string("global ") + module_and_name;
  if (recall(key)) return;
  op(GLOBAL);
  to_->append(module_and_name).push_back('\n');
  remember(key);
}

void PickleStream::ndarray(base::ByteView body) {
  const job::NdarrayView array = job::decode_ndarray(body);
  global("numpy\nndarray");
  if (array.shape.empty()) {
    op(EMPTY_TUPLE);
  } else {
    op(MARK);
    for (const std::uint64_t n : array.shape) integer(static_cast<std::int64_t>(n));
    op(TUPLE);
  }
  name(std::string(array.dtype));
  op(BYTEARRAY8);  // not bytes: the array is to be writable
  number(array.data.size(), 8);
  to_->append(base::text(array.data));
  op(TUPLE3);
  op(REDUCE);
}

void PickleStream::value(base::ByteView value) {
  std::size_t offset = 0;
  value_at(value, offset, 0);
}

void PickleStream::value_at(base::ByteView from, std::size_t& offset, unsigned depth) {
  constexpr unsigned most = 512;
  const Token token = read_token(from, offset);
  switch (token.kind) {
    case Kind::nil:
      return none();
    case Kind::boolean:
      return op(token.boolean ? NEWTRUE : NEWFALSE);
    case Kind::integer:
      return integer(token.integer);
    case Kind::unsigned_integer:
      return unsigned_integer(token.unsigned_integer);
    case Kind::real:
      return real(token.real);
    case Kind::string:
      return text(base::text(token.bytes));
    case Kind::binary:
      return bytes(token.bytes);
    case Kind::ext:
      return extension(token);
    case Kind::array:
      start_list();
      break;
    case Kind::map:
      start_dict();
      break;
  }
  if (depth >= most) throw Misfit("a value nested more than 512 deep");
  const std::uint64_t values = token.kind == Kind::map ? 2 * token.count : token.count;
  for (std::uint64_t i = 0; i < values; ++i) value_at(from, offset, depth + 1);
  token.kind == Kind::map ? end_dict() : end_list();
}

void PickleStream::extension(const Token& token) {
  switch (token.ext) {
    case base::Ext::ndarray:
      return ndarray(token.bytes);
    case base::Ext::bigint:
      return big_integer(journal::big_integer(token));
    case base::Ext::datetime:
      return text(base::text(token.bytes));
    case base::Ext::pickle:
      global("_pickle\nloads");
      bytes(token.bytes);
      op(TUPLE1);
      return op(REDUCE);
    case base::Ext::complex: {
      if (token.bytes.size() != 16) throw base::DecodeError("complex number of another size");
      double parts[2];
      std::memcpy(parts, token.bytes.data(), sizeof parts);
      global("builtins\ncomplex");
      real(parts[0]);
      real(parts[1]);
      op(TUPLE2);
      return op(REDUCE);
    }
    case base::Ext::buffers:  // sessions alone have it
    case base::Ext::failure:
      break;
  }
  throw base::DecodeError("msgpack value of an unknown extension type");
}

}  // namespace mproc::journal
