#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mproc/base/bytes.hpp"
#include "mproc/journal/record.hpp"

namespace mproc::journal {

/// The bytes of a segment file: a header, written twice so that one bad sector does not cost the whole
/// segment, then records {fixed header, body}. Little-endian; a change of either layout raises its version.
inline constexpr std::uint32_t segment_version = 1;
inline constexpr std::uint8_t record_version = 1;
inline constexpr std::size_t segment_header_size = 80;
inline constexpr std::size_t record_header_size = 24;

struct SegmentHeader {
  std::uint32_t epoch = 0;
  std::uint32_t number = 0;
  /// Drawn per segment and part of every checksum, as is a record's offset: journal bytes inside a user's
  /// result are never taken for records when the reader looks for the next one after damage.
  std::uint64_t nonce = 0;
};

/// Append only: a reader leaves out what it does not know.
enum class RecordType : std::uint8_t { results = 1, items = 2, end = 3, attempts = 4, event = 5 };

/// A record ready to be written: its body is head, block and items, one after the other.
struct EncodedRecord {
  RecordType type = RecordType::results;
  base::Bytes head;
  base::Payload block, items;
  std::uint64_t body_size() const { return head.size() + block.size() + items.size(); }
  std::uint64_t size() const { return record_header_size + body_size(); }
};

EncodedRecord encode(ResultsRecord record);
EncodedRecord encode(AttemptsRecord record);
EncodedRecord encode(const EventRecord& record);
EncodedRecord encode(const ItemsRecord& record);
EncodedRecord encode(const EndRecord& record);

std::array<std::byte, segment_header_size> encode_segment_header(const SegmentHeader& header);
/// The header of a record that is written at `offset` of the segment with that nonce.
std::array<std::byte, record_header_size> encode_record_header(const EncodedRecord& record,
                                                               std::uint64_t nonce, std::uint64_t offset);

/// A ResultsRecord or AttemptsRecord in place.
struct ResultsView {
  base::StageKey stage;
  std::int32_t rank = 0;
  std::uint32_t slot = 0;
  std::uint32_t attempt = 0;
  std::string_view host;
  base::ByteView block;
  base::ByteView items;
};

/// Bodies of records whose checksum was right; all the same, DecodeError for what does not fit.
ResultsView decode_results(base::ByteView body);
ItemsRecord decode_items(base::ByteView body);
EndRecord decode_end(base::ByteView body);
EventRecord decode_event(base::ByteView body);

/// Reads a segment's records in order. What is torn at the end is not there yet; what is damaged is left out
/// and noted, and reading goes on at the next whole record.
class SegmentReader {
 public:
  struct Record {
    RecordType type;
    base::ByteView body;
  };
  /// `file` is the whole segment so far; `name` is for the notes. Throws UserError for a newer format.
  SegmentReader(base::ByteView file, std::string name);
  std::optional<Record> next();
  /// One line for each damaged place met so far.
  const std::vector<std::string>& damage() const { return damage_; }

 private:
  std::optional<Record> record_at(std::uint64_t offset) const;
  std::optional<std::uint64_t> find_record(std::uint64_t from) const;
  bool torn_at(std::uint64_t offset) const;
  void read_header();
  void note_range(std::uint64_t first, std::uint64_t end);

  base::ByteView file_;
  std::string name_;
  std::uint64_t offset_ = 0;
  std::uint64_t nonce_ = 0;
  std::vector<std::string> damage_;
};

}  // namespace mproc::journal
