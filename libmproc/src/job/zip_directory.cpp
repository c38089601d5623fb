#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include "mproc/base/error.hpp"
#include "zip.hpp"

// By PKWARE's APPNOTE.TXT 6.3, sections 4.3.12 to 4.3.16 and 4.5.3.

namespace mproc::job {
namespace {

[[noreturn]] void refuse_zip(const InputFile& file, const char* problem) {
  throw base::UserError(fmt::format("{}: is not a sound .npz file: {}", file.path().string(), problem));
}

/// Little-endian numbers of a record.
class ZipRecord {
 public:
  ZipRecord(base::ByteView bytes, const InputFile& file) : bytes_(bytes), file_(file) {}
  template <class T>
  T at(std::size_t offset) const {
    T value;
    std::memcpy(&value, part(offset, sizeof value).data(), sizeof value);
    return value;
  }
  base::ByteView part(std::size_t offset, std::size_t size) const {
    if (offset > bytes_.size() || size > bytes_.size() - offset)
      refuse_zip(file_, "its directory is cut short");
    return bytes_.subspan(offset, size);
  }
  std::size_t size() const { return bytes_.size(); }

 private:
  base::ByteView bytes_;
  const InputFile& file_;
};

struct Range {
  std::uint64_t offset, size;
};

ZipRecord record_at(InputFile& file, const Range& range, const char* problem) {
  if (range.offset > file.size() || range.size > file.size() - range.offset) refuse_zip(file, problem);
  return {file.at(range.offset, range.size), file};
}

/// Where the directory is, by the record at the file's end, before a comment.
Range find_directory(InputFile& file) {
  constexpr std::uint64_t end_size = 22, longest_comment = 0xffff, locator_size = 20;
  constexpr std::string_view end_mark = "PK\5\6";
  const std::uint64_t tail = std::min(file.size(), locator_size + end_size + longest_comment);
  const std::string bytes(base::text(file.at(file.size() - tail, tail)));
  const std::size_t found = tail < end_size ? bytes.npos : bytes.rfind(end_mark, tail - end_size);
  MPROC_CHECK(found != bytes.npos, "{}: is not a .npz file, or is cut short", file.path().string());
  const ZipRecord end(base::view(bytes).subspan(found), file);
  const Range plain{end.at<std::uint32_t>(16), end.at<std::uint32_t>(12)};
  if (found < locator_size || bytes.compare(found - locator_size, 4, "PK\6\7") != 0) return plain;
  const auto large_at = ZipRecord(base::view(bytes).subspan(found - locator_size), file).at<std::uint64_t>(8);
  const ZipRecord large = record_at(file, {large_at, 56}, "its directory is not where it says");
  if (large.at<std::uint32_t>(0) != 0x06064b50) refuse_zip(file, "its directory is not where it says");
  return {large.at<std::uint64_t>(48), large.at<std::uint64_t>(40)};
}

/// Numbers that 32 bits do not hold are in an extra field, one behind the other.
void take_large_numbers(ZipMember& member, const ZipRecord& extra) {
  constexpr std::uint64_t elsewhere = 0xffffffff;
  for (std::size_t at = 0; at + 4 <= extra.size();) {
    const auto id = extra.at<std::uint16_t>(at), size = extra.at<std::uint16_t>(at + 2);
    at += 4;
    if (id != 1) {
      at += size;
      continue;
    }
    for (std::uint64_t* number : {&member.size, &member.packed, &member.header}) {
      if (*number != elsewhere) continue;
      *number = extra.at<std::uint64_t>(at);
      at += sizeof *number;
    }
    return;
  }
}

}  // namespace

std::vector<ZipMember> read_zip_directory(InputFile& file) {
  constexpr std::size_t fixed = 46, largest = std::size_t{64} << 20;
  const Range directory = find_directory(file);
  if (directory.size > largest) refuse_zip(file, "its directory is malformed");
  const ZipRecord all = record_at(file, directory, "its directory is not where it says");
  std::vector<ZipMember> out;
  for (std::size_t at = 0; at < all.size();) {
    const ZipRecord record(all.part(at, fixed), file);
    if (record.at<std::uint32_t>(0) != 0x02014b50) refuse_zip(file, "its directory is malformed");
    const std::size_t name = record.at<std::uint16_t>(28), extra = record.at<std::uint16_t>(30),
                      comment = record.at<std::uint16_t>(32);
    ZipMember& member = out.emplace_back();
    member.flags = record.at<std::uint16_t>(8);
    member.method = record.at<std::uint16_t>(10);
    member.crc = record.at<std::uint32_t>(16);
    member.packed = record.at<std::uint32_t>(20);
    member.size = record.at<std::uint32_t>(24);
    member.header = record.at<std::uint32_t>(42);
    member.name = base::text(all.part(at + fixed, name));
    take_large_numbers(member, {all.part(at + fixed + name, extra), file});
    at += fixed + name + extra + comment;
  }
  return out;
}

}  // namespace mproc::job
