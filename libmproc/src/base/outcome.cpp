#include "mproc/base/outcome.hpp"

#include <fmt/format.h>

#include <array>

#include "mproc/base/error.hpp"

namespace mproc::base {
namespace {

struct BlockHeader {
  std::uint64_t first, count;
  std::int64_t start_ns, end_ns, busy_ns;
  std::uint64_t failed_count, times_count, captures_bytes, values_bytes;
};

template <class T>
void append_vector(Bytes& to, const std::vector<T>& v) {
  append(to, v.data(), v.size() * sizeof(T));
}

template <class T>
std::vector<T> take_vector(ByteView& from, std::uint64_t count) {
  if (count > from.size() / sizeof(T)) throw DecodeError("outcome block cut off");
  std::vector<T> v(count);
  if (count > 0) std::memcpy(v.data(), from.data(), count * sizeof(T));
  from = from.subspan(count * sizeof(T));
  return v;
}

template <class Positions>
void check_positions(const Positions& positions, std::uint64_t count) {
  std::int64_t last = -1;
  for (const std::uint32_t p : positions) {
    if (p >= count || std::int64_t{p} <= last) throw DecodeError("outcome block with positions out of order");
    last = p;
  }
}

/// Clocks step back, but not by decades: what readers add up fits 64 bits.
void check_times(const OutcomeBlock& block) {
  constexpr std::int64_t most_ns = std::int64_t{1} << 62, most_us = (std::int64_t{1} << 60) / 1000;
  const auto within = [](std::int64_t value, std::int64_t most) { return value >= -most && value <= most; };
  bool sane = within(block.start_ns, most_ns) && within(block.end_ns, most_ns);
  for (const TaskTime& time : block.times)
    sane = sane && within(time.start_us, most_us) && within(time.duration_us, most_us);
  if (!sane) throw DecodeError("outcome block with times out of range");
}

}  // namespace

const char* name(FailureKind kind) {
  constexpr std::array names{"exception", "exit", "encode",  "lookup", "init",
                             "crash",     "lost", "timeout", "memory", "item"};
  const auto i = static_cast<std::size_t>(kind);
  return i < names.size() ? names[i] : "unknown";
}

std::string Failure::summary() const {
  const std::string line = message.substr(0, message.find('\n'));
  if (type.empty()) return line.empty() ? name(kind) : line;
  return line.empty() ? type : type + ": " + line;
}

void pack_failure(Bytes& to, const Failure& failure) {
  Bytes body;
  pack_to(body, failure);
  BytesSink sink(to);
  msgpack::packer<BytesSink> packer(sink);
  packer.pack_ext(body.size(), static_cast<std::int8_t>(Ext::failure));
  packer.pack_ext_body(reinterpret_cast<const char*>(body.data()), static_cast<std::uint32_t>(body.size()));
}

Failure failure_of(const msgpack::object& value) {
  if (value.type != msgpack::type::EXT || value.via.ext.type() != static_cast<std::int8_t>(Ext::failure))
    throw DecodeError("outcome that is said to be a failure and is none");
  return unpack_as<Failure>(view({value.via.ext.data(), value.via.ext.size}));
}

std::uint64_t OutcomeBlock::values_size() const {
  std::uint64_t size = values.size();
  for (const OutsideBytes& part : outside) size += part.bytes.size();
  return size;
}

std::vector<ByteView> pieces(ByteView inside, const std::vector<OutsideBytes>& outside) {
  std::vector<ByteView> pieces;
  std::size_t at = 0;
  for (const OutsideBytes& part : outside) {
    pieces.push_back(inside.subspan(at, part.offset - at));
    pieces.push_back(part.bytes);
    at = part.offset;
  }
  pieces.push_back(inside.subspan(at));
  return pieces;
}

void encode_block_head(Bytes& to, const OutcomeBlock& block) {
  Bytes captures;
  if (!block.captures.empty()) pack_to(captures, block.captures);
  append_pod(to,
             BlockHeader{block.tasks.first, block.tasks.count, block.start_ns, block.end_ns, block.busy_ns,
                         block.failed.size(), block.times.size(), captures.size(), block.values_size()});
  append_vector(to, block.failed);
  append_vector(to, block.times);
  append(to, captures);
}

void encode_block(Bytes& to, const OutcomeBlock& block) {
  encode_block_head(to, block);
  for (const ByteView piece : value_pieces(block)) append(to, piece);
}

OutcomeBlock decode_block_header(ByteView bytes, ByteView& values) {
  BlockHeader h;
  if (bytes.size() < sizeof h) throw DecodeError("outcome block cut off");
  std::memcpy(&h, bytes.data(), sizeof h);
  bytes = bytes.subspan(sizeof h);
  OutcomeBlock block;
  block.tasks = {h.first, h.count};
  block.start_ns = h.start_ns;
  block.end_ns = h.end_ns;
  block.busy_ns = h.busy_ns;
  block.failed = take_vector<std::uint32_t>(bytes, h.failed_count);
  check_positions(block.failed, h.count);
  if (h.times_count != 0 && h.times_count != h.count)
    throw DecodeError("outcome block with times of other tasks");
  block.times = take_vector<TaskTime>(bytes, h.times_count);
  check_times(block);
  if (h.captures_bytes > bytes.size() || h.values_bytes != bytes.size() - h.captures_bytes)
    throw DecodeError("outcome block cut off");
  if (h.captures_bytes > 0) {
    block.captures = unpack_as<std::vector<Capture>>(bytes.first(h.captures_bytes));
    std::vector<std::uint32_t> positions;
    for (const Capture& c : block.captures) positions.push_back(c.position);
    check_positions(positions, h.count);
  }
  values = bytes.subspan(h.captures_bytes);
  if (h.first + h.count < h.first || values.size() < h.count)
    throw DecodeError("outcome block without all its values");
  return block;
}

OutcomeBlock decode_block(ByteView bytes) {
  ByteView values;
  OutcomeBlock block = decode_block_header(bytes, values);
  append(block.values, values);
  return block;
}

}  // namespace mproc::base
