#include "mproc/journal/segment.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <tuple>

#include "mproc/base/error.hpp"
#include "mproc/base/msgpack.hpp"
#include "segment_layout.hpp"

namespace mproc::journal {
namespace {

using ItemsFields = std::tuple<std::uint64_t, std::uint64_t, bool>;
using EndFields = std::tuple<std::string, std::uint64_t, std::uint64_t>;
using EventFields = std::tuple<std::int64_t, std::string>;

std::uint64_t checksum_of_pieces(const EncodedRecord& record, std::uint64_t seed) {
  if (record.body_size() == record.head.size())
    return XXH3_64bits_withSeed(record.head.data(), record.head.size(), seed);
  XXH3_state_t state;
  XXH3_INITSTATE(&state);
  XXH3_64bits_reset_withSeed(&state, seed);
  XXH3_64bits_update(&state, record.head.data(), record.head.size());
  for (const base::ByteView part : {record.block.view(), record.items.view()})
    XXH3_64bits_update(&state, part.data(), part.size());
  return XXH3_64bits_digest(&state);
}

template <class T, std::size_t N>
void put(std::array<std::byte, N>& to, std::size_t offset, const T& value) {
  std::memcpy(to.data() + offset, &value, sizeof value);
}

base::ByteView take(base::ByteView& from, std::uint64_t size) {
  if (size > from.size()) throw base::DecodeError("results record cut off");
  const base::ByteView taken = from.first(size);
  from = from.subspan(size);
  return taken;
}

}  // namespace

std::uint64_t checksum(const HeaderCopy& copy) {
  return XXH3_64bits(&copy, offsetof(HeaderCopy, checksum));
}

std::uint64_t header_hash(const RecordHeader& header, std::uint64_t nonce, std::uint64_t offset) {
  RecordHeader plain = header;
  plain.check = 0;
  return XXH3_64bits_withSeed(&plain, offsetof(RecordHeader, checksum), nonce + offset);
}

std::uint64_t body_checksum(base::ByteView body, std::uint64_t header_hash) {
  return XXH3_64bits_withSeed(body.data(), body.size(), header_hash);
}

EncodedRecord encode(ResultsRecord record) {
  EncodedRecord encoded{RecordType::results, {}, std::move(record.block), std::move(record.items)};
  const Origin& origin = record.origin;
  const auto host_size = static_cast<std::uint32_t>(origin.host.size());
  encoded.head.reserve(sizeof(ResultsHead) + host_size);
  base::append_pod(encoded.head,
                   ResultsHead{record.stage.map.value, record.stage.stage.value, origin.rank, origin.slot,
                               origin.attempt, host_size, encoded.block.size(), encoded.items.size()});
  base::append(encoded.head, base::view(origin.host));
  return encoded;
}

EncodedRecord encode(AttemptsRecord record) {
  EncodedRecord encoded =
      encode(ResultsRecord{record.stage, std::move(record.origin), std::move(record.block), {}});
  encoded.type = RecordType::attempts;
  return encoded;
}

EncodedRecord encode(const EventRecord& record) {
  EncodedRecord encoded{RecordType::event, {}, {}, {}};
  base::pack_to(encoded.head, EventFields(record.time_ns, record.text));
  return encoded;
}

EncodedRecord encode(const ItemsRecord& record) {
  EncodedRecord encoded{RecordType::items, {}, {}, {}};
  base::pack_to(encoded.head, ItemsFields(record.count, record.hash, record.complete));
  return encoded;
}

EncodedRecord encode(const EndRecord& record) {
  EncodedRecord encoded{RecordType::end, {}, {}, {}};
  base::pack_to(encoded.head, EndFields(record.state, record.succeeded, record.failed));
  return encoded;
}

std::array<std::byte, segment_header_size> encode_segment_header(const SegmentHeader& header) {
  HeaderCopy copy{segment_magic, segment_version, header.epoch, header.number, 0, header.nonce, 0};
  copy.checksum = checksum(copy);
  std::array<std::byte, segment_header_size> bytes{};
  put(bytes, 0, copy);
  put(bytes, sizeof copy, copy);
  return bytes;
}

std::array<std::byte, record_header_size> encode_record_header(const EncodedRecord& record,
                                                               std::uint64_t nonce, std::uint64_t offset) {
  RecordHeader header{
      record_magic, static_cast<std::uint8_t>(record.type), record_version, 0, record.body_size(), 0};
  const std::uint64_t seed = header_hash(header, nonce, offset);
  header.check = static_cast<std::uint16_t>(seed);
  header.checksum = checksum_of_pieces(record, seed);
  std::array<std::byte, record_header_size> bytes{};
  put(bytes, 0, header);
  return bytes;
}

ResultsView decode_results(base::ByteView body) {
  ResultsHead head;
  std::memcpy(&head, take(body, sizeof head).data(), sizeof head);
  ResultsView view{{{head.map}, {head.stage}}, head.rank, head.slot, head.attempt, {}, {}, {}};
  view.host = base::text(take(body, head.host_size));
  view.block = take(body, head.block_size);
  view.items = take(body, head.items_size);
  if (!body.empty()) throw base::DecodeError("results record with bytes left over");
  return view;
}

ItemsRecord decode_items(base::ByteView body) {
  const auto [count, hash, complete] = base::unpack_as<ItemsFields>(body);
  return {count, hash, complete};
}

EndRecord decode_end(base::ByteView body) {
  auto [state, succeeded, failed] = base::unpack_as<EndFields>(body);
  return {std::move(state), succeeded, failed};
}

EventRecord decode_event(base::ByteView body) {
  auto [time_ns, text] = base::unpack_as<EventFields>(body);
  return {time_ns, std::move(text)};
}

}  // namespace mproc::journal
