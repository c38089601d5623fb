#include "zip_file.hpp"

#include <algorithm>
#include <array>

#include "mproc/base/error.hpp"

namespace mproc::journal {
namespace {

constexpr std::uint16_t version_with_64_bits = 45;
constexpr std::uint16_t names_are_utf8 = 1 << 11;
constexpr std::uint16_t stored = 0;
constexpr std::uint16_t midnight = 0, first_of_1980 = 1 << 5 | 1;  // the same bytes at any time
constexpr std::uint32_t in_extra_field = 0xffffffff;
constexpr std::uint16_t extra_field_64_bits = 1;

class Fields {
 public:
  Fields& u16(std::uint64_t v) { return put(v, 2); }
  Fields& u32(std::uint64_t v) { return put(v, 4); }
  Fields& u64(std::uint64_t v) { return put(v, 8); }
  Fields& text(std::string_view v) {
    bytes_.append(v);
    return *this;
  }
  std::string take() { return std::move(bytes_); }

 private:
  Fields& put(std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i) bytes_.push_back(static_cast<char>(value >> (8 * i)));
    return *this;
  }
  std::string bytes_;
};

using Table = std::array<std::array<std::uint32_t, 256>, 8>;

/// Eight bytes a step ("slicing by 8").
constexpr Table make_table() {
  Table table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
    table[0][byte] = crc;
  }
  for (std::size_t slice = 1; slice < 8; ++slice)
    for (std::size_t byte = 0; byte < 256; ++byte)
      table[slice][byte] = table[slice - 1][byte] >> 8 ^ table[0][table[slice - 1][byte] & 0xff];
  return table;
}
constexpr Table crc_table = make_table();

std::uint64_t local_header_size(const std::string& name) {
  return 30 + name.size() + 20;
}

}  // namespace

std::uint32_t crc32(std::uint32_t before, std::string_view bytes) {
  std::uint32_t crc = ~before;
  const auto byte = [&bytes](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i]));
  };
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    const std::uint32_t low = crc ^ (byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24);
    crc = crc_table[7][low & 0xff] ^ crc_table[6][low >> 8 & 0xff] ^ crc_table[5][low >> 16 & 0xff] ^
          crc_table[4][low >> 24] ^ crc_table[3][byte(4)] ^ crc_table[2][byte(5)] ^ crc_table[1][byte(6)] ^
          crc_table[0][byte(7)];
  }
  for (const char c : bytes) crc = crc >> 8 ^ crc_table[0][(crc ^ static_cast<unsigned char>(c)) & 0xff];
  return ~crc;
}

std::size_t ZipFile::declare(std::string name, std::uint64_t size) {
  Entry entry;
  entry.header_offset = end_;
  entry.size = size;
  end_ += local_header_size(name) + size;
  entry.name = std::move(name);
  entries_.push_back(std::move(entry));
  return entries_.size() - 1;
}

void ZipFile::spill(std::size_t entry) {
  constexpr std::size_t enough = std::size_t{1} << 18;
  Entry& e = entries_[entry];
  if (e.buffer.size() >= enough || e.written + e.buffer.size() == e.size) flush(e);
}

void ZipFile::flush(Entry& entry) {
  MPROC_ASSERT(entry.written + entry.buffer.size() <= entry.size, "more than was declared for {}",
               entry.name);
  entry.crc = crc32(entry.crc, entry.buffer);
  file_->write_at(entry.header_offset + local_header_size(entry.name) + entry.written,
                  base::view(entry.buffer));
  entry.written += entry.buffer.size();
  if (entry.written == entry.size)
    std::string().swap(entry.buffer);  // there may be an entry for every task
  else
    entry.buffer.clear();
}

void ZipFile::finish() {
  std::string directory;
  for (Entry& entry : entries_) {
    flush(entry);
    MPROC_ASSERT(entry.written == entry.size, "less than was declared for {}", entry.name);
    file_->write_at(entry.header_offset, base::view(local_header(entry)));
    directory += directory_entry(entry);
  }
  const std::uint64_t size = directory.size();
  file_->write_at(end_, base::view(directory + end_of_directory(size)));
}

std::string ZipFile::local_header(const Entry& entry) {
  Fields f;
  f.u32(0x04034b50)
      .u16(version_with_64_bits)
      .u16(names_are_utf8)
      .u16(stored)
      .u16(midnight)
      .u16(first_of_1980);
  f.u32(entry.crc).u32(in_extra_field).u32(in_extra_field).u16(entry.name.size()).u16(20).text(entry.name);
  f.u16(extra_field_64_bits).u16(16).u64(entry.size).u64(entry.size);
  return f.take();
}

std::string ZipFile::directory_entry(const Entry& entry) {
  Fields f;
  f.u32(0x02014b50).u16(version_with_64_bits).u16(version_with_64_bits).u16(names_are_utf8).u16(stored);
  f.u16(midnight).u16(first_of_1980).u32(entry.crc).u32(in_extra_field).u32(in_extra_field);
  f.u16(entry.name.size()).u16(28).u16(0).u16(0).u16(0).u32(0).u32(in_extra_field).text(entry.name);
  f.u16(extra_field_64_bits).u16(24).u64(entry.size).u64(entry.size).u64(entry.header_offset);
  return f.take();
}

std::string ZipFile::end_of_directory(std::uint64_t directory_size) const {
  const std::uint64_t count = entries_.size();
  const std::uint64_t short_count = std::min<std::uint64_t>(count, 0xffff);
  Fields f;
  f.u32(0x06064b50).u64(44).u16(version_with_64_bits).u16(version_with_64_bits).u32(0).u32(0);
  f.u64(count).u64(count).u64(directory_size).u64(end_);
  f.u32(0x07064b50).u32(0).u64(end_ + directory_size).u32(1);
  f.u32(0x06054b50).u16(0).u16(0).u16(short_count).u16(short_count);
  f.u32(std::min<std::uint64_t>(directory_size, in_extra_field))
      .u32(std::min<std::uint64_t>(end_, in_extra_field));
  f.u16(0);
  return f.take();
}

}  // namespace mproc::journal
