// MessagePack values and blocks of outcomes: every decoder sees the same bytes the same way, what decodes is
// the same after its encoding, and what is written as JSON can be read.
#include <nlohmann/json.hpp>

#include "fuzz.hpp"
#include "mproc/base/outcome.hpp"
#include "mproc/job/encode.hpp"
#include "mproc/job/ndarray.hpp"
#include "mproc/journal/value_text.hpp"
#include "token.hpp"

namespace mproc::fuzz {
namespace {

using base::Bytes;
using base::ByteView;
using base::DecodeError;
using journal::Token;

Bytes packed_again(ByteView value) {
  std::size_t offset = 0;
  const auto handle = base::unpack_value(value, offset);
  MPROC_ASSERT(offset == value.size(), "unpack_value and skip_value end in different places");
  Bytes again;
  base::pack_to(again, handle.get());
  return again;
}

/// Walks a value by its tokens.
std::size_t walked(ByteView bytes, std::size_t offset) {
  std::uint64_t left = 1;
  while (left-- > 0) {
    const Token token = journal::read_token(bytes, offset);
    if (token.kind == Token::Kind::array) left += token.count;
    if (token.kind == Token::Kind::map) left += 2 * token.count;
  }
  return offset;
}

void expect_readable_text(ByteView value) {
  std::string json, csv;
  std::uint64_t not_finite = 0;
  try {
    journal::append_json(json, value, not_finite);
    MPROC_ASSERT(nlohmann::json::accept(json), "JSON that nobody can read: {}", json);
    journal::append_csv(csv, value, not_finite);
  } catch (const journal::Misfit&) {
  } catch (const DecodeError&) {  // an extension's body
  }
}

void attack_ndarray(ByteView body) {
  try {
    const job::NdarrayView array = job::decode_ndarray(body);
    Bytes again;
    job::append_ndarray(again, array.dtype, array.shape, array.data);
    std::size_t offset = 0;
    const Token token = journal::read_token(again, offset);
    const job::NdarrayView same = job::decode_ndarray(token.bytes);
    MPROC_ASSERT(same.dtype == array.dtype && same.shape == array.shape &&
                     base::text(same.data) == base::text(array.data),
                 "an array changed on its way");
  } catch (const DecodeError&) {
  }
}

void attack_value(ByteView bytes) {
  std::size_t end = 0;
  try {
    end = base::skip_value(bytes, 0);
  } catch (const DecodeError&) {
    std::size_t offset = 0;
    try {
      base::unpack_value(bytes, offset);
    } catch (const DecodeError&) {
      return;
    }
    MPROC_ASSERT(false, "unpack_value takes what skip_value refuses");
  }
  MPROC_ASSERT(walked(bytes, 0) == end, "a value's tokens end elsewhere");
  const ByteView value = bytes.first(end);
  const Bytes once = packed_again(value);
  MPROC_ASSERT(packed_again(once) == once, "a value changed on its way");
  expect_readable_text(value);
  std::size_t offset = 0;
  const Token token = journal::read_token(value, offset);
  if (token.is(base::Ext::ndarray)) attack_ndarray(token.bytes);
}

Bytes encoded(const base::OutcomeBlock& block) {
  Bytes bytes;
  base::encode_block(bytes, block);
  return bytes;
}

void attack_block(ByteView bytes) {
  base::OutcomeBlock block;
  try {
    block = base::decode_block(bytes);
  } catch (const DecodeError&) {
    return;
  }
  const Bytes once = encoded(block);
  MPROC_ASSERT(encoded(base::decode_block(once)) == once, "a block changed on its way");
}

void attack_failure(ByteView bytes) {
  try {
    base::unpack_as<base::Failure>(bytes).summary();
  } catch (const DecodeError&) {
  }
}

template <class T>
std::string packed(const T& value) {
  Bytes bytes;
  base::pack_to(bytes, value);
  return seed(bytes, std::uint8_t{0});
}

std::string block_seed() {
  base::OutcomeBlock block;
  block.tasks = {7, 3};
  block.failed = {1};
  block.times = {{0, 5}, {5, 6}, {11, 7}};
  block.captures = {{0, "hello\n"}, {2, "bye\n"}};
  base::pack_to(block.values, 1);
  base::pack_failure(block.values, {});
  base::pack_to(block.values, std::string("x"));
  return seed(encoded(block), std::uint8_t{1});
}

}  // namespace

void attack(Input input) {
  switch (input.number() % 4) {
    case 0:
      return attack_value(input.rest());
    case 1:
      return attack_block(input.rest());
    case 2:
      return attack_ndarray(input.rest());
    default:
      return attack_failure(input.rest());
  }
}

std::vector<std::string> seeds() {
  std::vector<std::string> out{block_seed(),
                               packed(true),
                               packed(-1),
                               packed(~std::uint64_t{0}),
                               packed(std::string("\xf0\x9f\x98\x80\"\\\0", 7)),
                               packed(std::vector<std::vector<std::string>>{{"a"}, {}}),
                               packed(std::map<std::string, double>{{"x", 0.5}}),
                               packed(base::Failure{})};
  const std::vector<double> numbers{1.5, -0.0, 1e308, 5e-324};
  for (const auto& [dtype, shape] : std::vector<std::pair<std::string, std::vector<std::uint64_t>>>{
           {"<f8", {2, 2}}, {"<c16", {2}}, {"<U4", {2}}, {">i2", {16}}, {"|b1", {32, 1}}, {"<M8[ns]", {4}}}) {
    Bytes bytes;
    job::append_ndarray(bytes, dtype, shape, std::as_bytes(std::span(numbers)));
    out.push_back(seed(bytes, std::uint8_t{0}));
  }
  for (const char* digits : {"123456789012345678901234567890", "-99999999999999999999"}) {
    Bytes bytes;
    job::append_integer(bytes, digits);
    out.push_back(seed(bytes, std::uint8_t{0}));
  }
  return out;
}

}  // namespace mproc::fuzz
