#include <cstring>

#include "mproc/base/error.hpp"
#include "mproc/journal/segment.hpp"
#include "segment_layout.hpp"

namespace mproc::journal {
namespace {

HeaderCopy header_copy(base::ByteView file, std::size_t which) {
  HeaderCopy copy;
  std::memcpy(&copy, file.data() + which * sizeof copy, sizeof copy);
  return copy;
}

bool valid(const HeaderCopy& copy) {
  return copy.magic == segment_magic && copy.checksum == checksum(copy);
}

RecordHeader header_at(base::ByteView file, std::uint64_t offset) {
  RecordHeader header;
  std::memcpy(&header, file.data() + offset, sizeof header);
  return header;
}

bool all_zero(base::ByteView bytes) {
  for (const std::byte b : bytes)
    if (b != std::byte{}) return false;
  return true;
}

}  // namespace

SegmentReader::SegmentReader(base::ByteView file, std::string name) : file_(file), name_(std::move(name)) {
  if (file_.size() < segment_header_size || all_zero(file_))
    offset_ = file_.size();
  else
    read_header();
}

void SegmentReader::read_header() {
  const HeaderCopy first = header_copy(file_, 0), second = header_copy(file_, 1);
  const HeaderCopy& good = valid(first) ? first : second;
  offset_ = segment_header_size;
  if (!valid(good)) {
    damage_.push_back(fmt::format(
        "{}: not a journal segment, or its start is damaged; its tasks count as not done", name_));
    offset_ = file_.size();
    return;
  }
  MPROC_CHECK(good.version == segment_version,
              "{}: journal format {}, this mproc reads format {}; use the version that wrote the run", name_,
              good.version, segment_version);
  if (!valid(first) || !valid(second))
    damage_.push_back(fmt::format("{}: one of its two headers is damaged", name_));
  nonce_ = good.nonce;
}

std::optional<SegmentReader::Record> SegmentReader::next() {
  while (offset_ < file_.size()) {
    if (const auto record = record_at(offset_)) {
      const RecordHeader header = header_at(file_, offset_);
      offset_ += record_header_size + header.length;
      if (header.version == record_version) return record;
      damage_.push_back(fmt::format("{}: a record of a newer version was left out", name_));
      continue;
    }
    const auto found = find_record(offset_ + 1);
    if (found || !torn_at(offset_)) note_range(offset_, found.value_or(file_.size()));
    offset_ = found.value_or(file_.size());
  }
  return std::nullopt;
}

std::optional<SegmentReader::Record> SegmentReader::record_at(std::uint64_t offset) const {
  if (file_.size() - offset < record_header_size) return std::nullopt;
  const RecordHeader header = header_at(file_, offset);
  if (header.magic != record_magic) return std::nullopt;
  const std::uint64_t hash = header_hash(header, nonce_, offset);
  if (header.check != static_cast<std::uint16_t>(hash)) return std::nullopt;
  if (header.length > file_.size() - offset - record_header_size) return std::nullopt;
  const base::ByteView body = file_.subspan(offset + record_header_size, header.length);
  if (header.checksum != body_checksum(body, hash)) return std::nullopt;
  return Record{static_cast<RecordType>(header.type), body};
}

std::optional<std::uint64_t> SegmentReader::find_record(std::uint64_t from) const {
  while (from < file_.size()) {
    const void* p = ::memmem(file_.data() + from, file_.size() - from, &record_magic, sizeof record_magic);
    if (p == nullptr) return std::nullopt;
    from = static_cast<std::uint64_t>(static_cast<const std::byte*>(p) - file_.data());
    if (record_at(from)) return from;
    ++from;
  }
  return std::nullopt;
}

bool SegmentReader::torn_at(std::uint64_t offset) const {
  const base::ByteView rest = file_.subspan(offset);
  // A lost machine may leave a file that has grown but whose last blocks never reached the disk.
  if (rest.size() < record_header_size || all_zero(rest)) return true;
  const RecordHeader header = header_at(file_, offset);
  return header.magic == record_magic && header.length > rest.size() - record_header_size &&
         header.check == static_cast<std::uint16_t>(header_hash(header, nonce_, offset));
}

void SegmentReader::note_range(std::uint64_t first, std::uint64_t end) {
  damage_.push_back(
      fmt::format("{}: bytes {} to {} are damaged; their tasks count as not done", name_, first, end));
}

}  // namespace mproc::journal
