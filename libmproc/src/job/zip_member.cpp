#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>

#include "data_files.hpp"
#include "parse.hpp"
#include "zip.hpp"

namespace mproc::job {
namespace {

constexpr std::uint16_t stored = 0, deflated = 8;

/// A member's bytes as they lie in the archive.
class PackedBytes {
 public:
  PackedBytes(InputFile& file, const ZipMember& member) : file_(file), left_(member.packed) {
    constexpr std::uint64_t fixed = 30;
    if (member.header > file.size() || file.size() - member.header < fixed) refuse();
    const base::ByteView head = file.at(member.header, fixed);
    if (!base::text(head).starts_with("PK\3\4")) refuse();
    const auto number = [&](std::size_t i) {
      return std::to_integer<std::uint64_t>(head[i]) | std::to_integer<std::uint64_t>(head[i + 1]) << 8;
    };
    at_ = member.header + fixed + number(26) + number(28);
    if (at_ > file.size() || left_ > file.size() - at_) refuse();
  }
  /// Lives until the next call; empty at the end.
  base::ByteView next() {
    const base::ByteView out = file_.at(at_, std::min(left_, piece_bytes));
    at_ += out.size();
    left_ -= out.size();
    return out;
  }

 private:
  [[noreturn]] void refuse() const {
    throw base::UserError(fmt::format("{}: is not a sound .npz file: its directory names what is not there",
                                      file_.path().string()));
  }
  InputFile& file_;
  std::uint64_t at_ = 0, left_;
};

/// Unpacks by zlib what has no header of zlib's.
class Inflater {
 public:
  Inflater() { MPROC_ASSERT(inflateInit2(&stream_, -MAX_WBITS) == Z_OK, "zlib cannot begin"); }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  /// How many bytes of `to` it filled: all but at the end. Nothing where the packed bytes are no such thing.
  std::optional<std::size_t> fill(base::Bytes& to, PackedBytes& packed) {
    stream_.next_out = reinterpret_cast<Bytef*>(to.data());
    stream_.avail_out = static_cast<uInt>(to.size());
    while (stream_.avail_out > 0 && !ended_) {
      if (stream_.avail_in == 0) {
        const base::ByteView more = packed.next();
        if (more.empty()) return std::nullopt;
        stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(more.data()));
        stream_.avail_in = static_cast<uInt>(more.size());
      }
      const int status = inflate(&stream_, Z_NO_FLUSH);
      if (status != Z_OK && status != Z_STREAM_END) return std::nullopt;
      ended_ = status == Z_STREAM_END;
    }
    return to.size() - stream_.avail_out;
  }

 private:
  z_stream stream_{};
  bool ended_ = false;
};

}  // namespace

void read_zip_member(InputFile& file, const ZipMember& member,
                     const std::function<void(base::ByteView)>& piece) {
  const auto check = [&](bool condition, const char* problem) {
    MPROC_CHECK(condition, "{}: '{}' in it {}", file.path().string(), printable(member.name), problem);
  };
  constexpr std::uint16_t encrypted = 1;
  check((member.flags & encrypted) == 0, "is encrypted; save it with numpy.savez");
  check(member.method == stored || member.method == deflated,
        "is compressed in a way that NumPy does not; save it with numpy.savez or savez_compressed");
  PackedBytes packed(file, member);
  std::uint64_t left = member.size;
  uLong crc = crc32(0, nullptr, 0);
  const auto hand_on = [&](base::ByteView bytes) {
    check(bytes.size() <= left, "is damaged: it is longer than it should be");
    left -= bytes.size();
    crc = crc32(crc, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size()));
    piece(bytes);
  };
  if (member.method == stored) {
    for (base::ByteView bytes = packed.next(); !bytes.empty(); bytes = packed.next()) hand_on(bytes);
  } else {
    Inflater inflater;
    base::Bytes bytes(piece_bytes);
    for (std::optional<std::size_t> size = bytes.size(); size == bytes.size();) {
      size = inflater.fill(bytes, packed);
      check(size.has_value(), "is damaged");
      hand_on(base::ByteView(bytes).first(*size));
    }
  }
  check(left == 0, "is damaged: it is shorter than it should be");
  check(crc == member.crc, "is damaged: its checksum is another");
}

}  // namespace mproc::job
