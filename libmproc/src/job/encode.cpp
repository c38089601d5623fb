#include "mproc/job/encode.hpp"

#include <charconv>
#include <cstring>

#include "mproc/base/msgpack.hpp"

namespace mproc::job {
namespace {

/// Writes into Bytes, and knows them: doubles go past the library's packer.
struct Packer : msgpack::packer<base::BytesSink> {
  Packer(base::BytesSink& sink, base::Bytes& to) : packer(sink), bytes(to) {}
  base::Bytes& bytes;
};

void pack_extension(Packer& packer, std::int8_t type, std::string_view body) {
  packer.pack_ext(body.size(), type);
  packer.pack_ext_body(body.data(), static_cast<std::uint32_t>(body.size()));
}

void pack(Packer& packer, const Json& value);

void pack_table(Packer& packer, const Json& table) {
  packer.pack_map(static_cast<std::uint32_t>(table.size()));
  for (const auto& [key, member] : table.items()) {
    packer.pack(key);
    pack(packer, member);
  }
}

void pack_list(Packer& packer, const Json& list) {
  packer.pack_array(static_cast<std::uint32_t>(list.size()));
  for (const Json& element : list) pack(packer, element);
}

void pack_binary(Packer& packer, const Json::binary_t& binary) {
  const std::string_view body(reinterpret_cast<const char*>(binary.data()), binary.size());
  if (binary.has_subtype()) return pack_extension(packer, static_cast<std::int8_t>(binary.subtype()), body);
  packer.pack_bin(static_cast<std::uint32_t>(body.size()));
  packer.pack_bin_body(body.data(), static_cast<std::uint32_t>(body.size()));
}

void pack(Packer& packer, const Json& value) {
  switch (value.type()) {
    case Json::value_t::object:
      return pack_table(packer, value);
    case Json::value_t::array:
      return pack_list(packer, value);
    case Json::value_t::string:
      packer.pack(value.get_ref<const std::string&>());
      return;
    case Json::value_t::boolean:
      packer.pack(value.get<bool>());
      return;
    case Json::value_t::number_integer:
      packer.pack(value.get<std::int64_t>());
      return;
    case Json::value_t::number_unsigned:
      packer.pack(value.get<std::uint64_t>());
      return;
    case Json::value_t::number_float:
      append_double(packer.bytes, value.get<double>());
      return;
    case Json::value_t::binary:
      return pack_binary(packer, value.get_binary());
    case Json::value_t::null:
    case Json::value_t::discarded:
      packer.pack_nil();
      return;
  }
}

/// "+0012" as "12", "-0" as "0": one text for one number.
std::string plain_integer(std::string_view digits) {
  const bool negative = digits.starts_with('-');
  if (digits.starts_with('-') || digits.starts_with('+')) digits.remove_prefix(1);
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  if (digits.empty()) return "0";
  return (negative ? "-" : "") + std::string(digits);
}

}  // namespace

void append_double(base::Bytes& to, double value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  to.push_back(std::byte{0xcb});
  base::append_pod(to, __builtin_bswap64(bits));
}

void append_value(base::Bytes& to, const Json& value) {
  base::BytesSink sink(to);
  Packer packer(sink, to);
  pack(packer, value);
}

void append_integer(base::Bytes& to, std::string_view digits) {
  base::BytesSink sink(to);
  Packer packer(sink, to);
  std::int64_t number = 0;
  std::uint64_t unsigned_number = 0;
  const std::string text = plain_integer(digits);
  const char* end = text.data() + text.size();
  if (std::from_chars(text.data(), end, number).ec == std::errc()) {
    packer.pack(number);
  } else if (!text.starts_with('-') && std::from_chars(text.data(), end, unsigned_number).ec == std::errc()) {
    packer.pack(unsigned_number);
  } else {
    pack_extension(packer, static_cast<std::int8_t>(base::Ext::bigint), text);
  }
}

}  // namespace mproc::job
