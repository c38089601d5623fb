#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "content_hash.hpp"
#include "data_files.hpp"
#include "npy.hpp"
#include "parse.hpp"
#include "zip.hpp"

namespace mproc::job {
namespace {

constexpr std::string_view npy_suffix = ".npy";

std::string array_name(const ZipMember& member) {
  std::string_view name = member.name;
  if (name.ends_with(npy_suffix)) name.remove_suffix(npy_suffix.size());
  return printable(name);
}

std::string array_names(const std::vector<ZipMember>& members) {
  constexpr std::size_t most = 20;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(members.size(), most); ++i) names.push_back(array_name(members[i]));
  if (members.size() > most) names.push_back(fmt::format("{} more", members.size() - most));
  return names.empty() ? "nothing" : fmt::format("{}", fmt::join(names, ", "));
}

/// An array of an archive, by its name with or without ".npy".
class NpzMember {
 public:
  explicit NpzMember(const DataFile& from) : file_(from.path), name_(from.path.string() + ":" + from.member) {
    const auto members = read_zip_directory(file_);
    const std::string file = from.path.string();
    MPROC_CHECK(!from.member.empty(), "{}: say which of its arrays, as \"{}:NAME\"; it has {}", file,
                from.path.filename().string(), array_names(members));
    auto found = std::ranges::find(members, from.member + std::string(npy_suffix), &ZipMember::name);
    if (found == members.end()) found = std::ranges::find(members, from.member, &ZipMember::name);
    MPROC_CHECK(found != members.end(), "{}: has no array '{}'; it has {}", file, printable(from.member),
                array_names(members));
    member_ = *found;
  }

  std::uint64_t size() const { return member_.size; }
  const std::string& name() const { return name_; }
  /// All of it, as it would be in a file.
  void read(const std::function<void(base::ByteView)>& piece) { read_zip_member(file_, member_, piece); }
  NpyHeader header(base::ByteView first_piece) const {
    return read_npy_header(name_, member_.size, [&](std::uint64_t offset, std::uint64_t size) {
      MPROC_CHECK(offset + size <= first_piece.size(), "{}: is cut short", name_);
      return first_piece.subspan(offset, size);
    });
  }

 private:
  InputFile file_;
  std::string name_;
  ZipMember member_;
};

}  // namespace

void describe_npz(DataFile& file) {
  NpzMember member(file);
  std::optional<NpyHeader> header;
  ContentHash hash;
  member.read([&](base::ByteView piece) {
    if (!header) header = member.header(piece);
    hash.add(piece);
  });
  file.array = npy_array(header ? *header : member.header({}), member.size(), member.name());
  file.hash = hash.hex();
}

void read_npz(const DataFile& file, const std::function<void(base::ByteView)>& piece) {
  NpzMember member(file);
  bool begun = false;
  std::uint64_t before = 0, left = file.array.bytes();
  member.read([&](base::ByteView bytes) {
    if (!begun) before = member.header(bytes).data_offset;
    begun = true;
    const std::uint64_t skipped = std::min<std::uint64_t>(before, bytes.size());
    before -= skipped;
    bytes = bytes.subspan(skipped, std::min<std::uint64_t>(left, bytes.size() - skipped));
    left -= bytes.size();
    piece(bytes);
  });
}

}  // namespace mproc::job
