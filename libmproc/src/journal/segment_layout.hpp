#pragma once

#include <cstdint>

#include "mproc/base/bytes.hpp"
#include "mproc/journal/segment.hpp"

namespace mproc::journal {

inline constexpr std::uint64_t segment_magic = 0x6c6e724a636f7270;  // "procJrnl"
inline constexpr std::uint32_t record_magic = 0x63655283;           // 0x83 "Rec": not text, not UTF-8

/// One of the two copies at the start of a segment.
struct HeaderCopy {
  std::uint64_t magic;
  std::uint32_t version, epoch, number, reserved;
  std::uint64_t nonce;
  std::uint64_t checksum;  // of all before it
};
static_assert(2 * sizeof(HeaderCopy) == segment_header_size);

struct RecordHeader {
  std::uint32_t magic;
  std::uint8_t type, version;
  std::uint16_t check;     // of this header alone: tells a torn record from a damaged length
  std::uint64_t length;    // of the body
  std::uint64_t checksum;  // of header and body
};
static_assert(sizeof(RecordHeader) == record_header_size);

/// What stands before host, block and items in a results record's body.
struct ResultsHead {
  std::uint32_t map, stage;
  std::int32_t rank;
  std::uint32_t slot, attempt, host_size;
  std::uint64_t block_size, items_size;
};
static_assert(sizeof(ResultsHead) == 40);

std::uint64_t checksum(const HeaderCopy& copy);
/// Hash of a record's header without check and checksum, which the body's checksum starts from.
std::uint64_t header_hash(const RecordHeader& header, std::uint64_t nonce, std::uint64_t offset);
std::uint64_t body_checksum(base::ByteView body, std::uint64_t header_hash);

}  // namespace mproc::journal
