#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <vector>

namespace mproc::testing {

struct ZipKind {
  bool deflated = false;
  bool large = false;                   ///< all numbers as zip64 has them
  std::uint16_t flags = 0, method = 0;  ///< beside what `deflated` says
  std::string comment;
};

struct ZipFile {
  std::string name, content;
};

inline std::string deflated(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

inline std::string zip_archive(const std::vector<ZipFile>& files, const ZipKind& kind = {}) {
  const auto little = [](std::size_t size, std::uint64_t n) {
    return std::string(reinterpret_cast<const char*>(&n), size);
  };
  const auto u16 = [&](std::uint64_t n) { return little(2, n); };
  const auto u32 = [&](std::uint64_t n) { return little(4, n); };
  const auto u64 = [&](std::uint64_t n) { return little(8, n); };
  const auto number = [&](std::uint64_t n) { return u32(kind.large ? 0xffffffff : n); };
  std::string out, directory;
  for (const ZipFile& file : files) {
    const std::string bytes = kind.deflated ? deflated(file.content) : file.content;
    const auto crc =
        crc32(0, reinterpret_cast<const Bytef*>(file.content.data()), static_cast<uInt>(file.content.size()));
    const std::string common = u16(20) + u16(kind.flags) + u16(kind.deflated ? 8 : kind.method) + u32(0) +
                               u32(crc) + number(bytes.size()) + number(file.content.size()) +
                               u16(file.name.size());
    const std::string other = u16(7) + u16(3) + "abc";  // an extra field that nobody knows
    const std::string large =
        u16(1) + u16(24) + u64(file.content.size()) + u64(bytes.size()) + u64(out.size());
    const std::string extra = other + (kind.large ? large : "");
    directory += "PK\1\2" + u16(20) + common + u16(extra.size()) + u16(1) + std::string(8, '\0') +
                 number(out.size()) + file.name + extra + "c";
    out += "PK\3\4" + common + u16(other.size()) + file.name + other + bytes;
  }
  const std::size_t start = out.size(), end = start + directory.size();
  out += directory;
  if (kind.large)
    out += "PK\6\6" + u64(44) + u16(45) + u16(45) + u64(0) + u64(files.size()) + u64(files.size()) +
           u64(directory.size()) + u64(start) + "PK\6\7" + u32(0) + u64(end) + u32(1);
  return out + "PK\5\6" + u32(0) + u16(files.size()) + u16(files.size()) + number(directory.size()) +
         number(start) + u16(kind.comment.size()) + kind.comment;
}

}  // namespace mproc::testing
