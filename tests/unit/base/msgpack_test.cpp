#include "mproc/base/msgpack.hpp"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mproc/base/error.hpp"
#include "support/random_bytes.hpp"
#include "support/values.hpp"

namespace mproc::base {
namespace {

using testing::packed;

/// Something of everything: nested containers, strings of each length class, binaries, extensions.
Bytes composite() {
  Bytes bytes;
  BytesSink sink(bytes);
  msgpack::packer<BytesSink> packer(sink);
  packer.pack_array(9);
  packer.pack(-1).pack(std::uint64_t{1} << 63).pack(0.5).pack_nil();
  packer.pack(std::string(40, 'x')).pack(std::string(300, 'y'));
  packer.pack(std::map<std::string, std::vector<int>>{{"a", {1, 2}}, {"b", {}}});
  packer.pack_ext(5, 6).pack_ext_body("abcde", 5);
  packer.pack_bin(3).pack_bin_body("\0\1\2", 3);
  return bytes;
}

Bytes nested(std::size_t depth) {
  Bytes bytes(depth, std::byte{0x91});  // arrays of one element
  bytes.push_back(std::byte{0xc0});
  return bytes;
}

std::optional<std::size_t> skipped(ByteView bytes) {
  try {
    return skip_value(bytes, 0);
  } catch (const DecodeError&) {
    return std::nullopt;
  }
}

std::optional<std::size_t> unpacked(ByteView bytes) {
  try {
    std::size_t offset = 0;
    unpack_value(bytes, offset);
    return offset;
  } catch (const DecodeError&) {
    return std::nullopt;
  }
}

TEST(SkipValue, ends_where_the_value_ends_whatever_follows) {
  Bytes bytes = packed(7);
  const Bytes value = composite();
  append(bytes, value);
  append(bytes, packed(std::string("next")));
  EXPECT_EQ(skip_value(bytes, 0), 1u);
  EXPECT_EQ(skip_value(bytes, 1), 1 + value.size());
  EXPECT_EQ(skip_value(bytes, 1 + value.size()), bytes.size());
}

TEST(SkipValue, refuses_to_start_at_or_past_the_end) {
  const Bytes bytes = packed(7);
  EXPECT_THROW(skip_value({}, 0), DecodeError);
  EXPECT_THROW(skip_value(bytes, 1), DecodeError);
  EXPECT_THROW(skip_value(bytes, 2), DecodeError);
  EXPECT_THROW(skip_value(bytes, ~std::size_t{0}), DecodeError);
}

TEST(Msgpack, values_cut_off_at_any_byte_are_refused) {
  const Bytes bytes = composite();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const ByteView cut = ByteView(bytes).first(size);
    EXPECT_FALSE(skipped(cut)) << size;
    EXPECT_FALSE(unpacked(cut)) << size;
  }
}

TEST(Msgpack, random_bytes_are_a_value_or_an_error_and_both_readers_agree) {
  testing::Random random(1);
  for (int i = 0; i < 50'000; ++i) {
    const Bytes bytes = testing::random_bytes(random, testing::below(random, 64));
    const auto end = skipped(bytes);
    if (end) {
      EXPECT_GT(*end, 0u);
      EXPECT_LE(*end, bytes.size());
    }
    EXPECT_EQ(unpacked(bytes), end);
  }
}

TEST(Msgpack, damaged_values_are_a_value_or_an_error_and_both_readers_agree) {
  testing::Random random(2);
  const Bytes whole = composite();
  for (int i = 0; i < 20'000; ++i) {
    const Bytes bytes = testing::damaged(random, whole);
    EXPECT_EQ(unpacked(bytes), skipped(bytes));
  }
}

TEST(Msgpack, lengths_beyond_the_bytes_are_refused_without_allocating_them) {
  for (const unsigned type : {0xdbu, 0xc6u, 0xc9u, 0xddu, 0xdfu}) {  // str32, bin32, ext32, array32, map32
    Bytes bytes(5, std::byte{0xff});
    bytes[0] = std::byte{static_cast<unsigned char>(type)};
    bytes.resize(40, std::byte{0xc0});
    EXPECT_FALSE(skipped(bytes)) << std::hex << type;
    EXPECT_FALSE(unpacked(bytes)) << std::hex << type;
  }
}

TEST(Msgpack, nesting_is_accepted_as_far_as_anybody_writes_it) {
  EXPECT_TRUE(skipped(nested(400)));
  EXPECT_TRUE(unpacked(nested(400)));
}

TEST(Msgpack, nesting_without_end_is_refused_not_a_stack_overflow) {
  EXPECT_FALSE(skipped(nested(1'000'000)));
  EXPECT_FALSE(unpacked(nested(1'000'000)));
}

TEST(Msgpack, both_readers_draw_the_line_of_nesting_at_the_same_depth) {
  for (std::size_t depth = 505; depth < 520; ++depth)
    EXPECT_EQ(unpacked(nested(depth)).has_value(), skipped(nested(depth)).has_value()) << depth;
}

TEST(UnpackValue, moves_past_the_value_and_points_into_the_bytes) {
  Bytes bytes = packed(std::string("first"));
  append(bytes, packed(2));
  std::size_t offset = 0;
  const auto first = unpack_value(bytes, offset);
  EXPECT_EQ(offset, 6u);
  ASSERT_EQ(first.get().type, msgpack::type::STR);
  EXPECT_EQ(static_cast<const void*>(first.get().via.str.ptr), static_cast<const void*>(bytes.data() + 1));
  EXPECT_EQ(unpack_value(bytes, offset).get().as<int>(), 2);
  EXPECT_EQ(offset, bytes.size());
}

TEST(UnpackAs, gives_back_what_was_packed) {
  const std::vector<std::string> words{"", "a", std::string(70'000, 'z')};
  EXPECT_EQ(unpack_as<std::vector<std::string>>(packed(words)), words);
}

TEST(UnpackAs, a_value_of_another_type_is_a_decode_error) {
  EXPECT_THROW(unpack_as<int>(packed(std::string("7"))), DecodeError);
  EXPECT_THROW(unpack_as<std::vector<int>>(packed(7)), DecodeError);
  EXPECT_THROW(unpack_as<std::uint8_t>(packed(256)), DecodeError);
  EXPECT_THROW(unpack_as<std::uint32_t>(packed(-1)), DecodeError);
}

TEST(UnpackAs, bytes_after_the_value_are_refused) {
  Bytes bytes = packed(1);
  append(bytes, packed(2));
  EXPECT_THROW(unpack_as<int>(bytes), DecodeError);
}

}  // namespace
}  // namespace mproc::base
