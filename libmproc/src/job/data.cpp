#include "mproc/job/data.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "data_files.hpp"
#include "mproc/base/error.hpp"
#include "mproc/job/ndarray.hpp"
#include "parse.hpp"
#include "paths.hpp"
#include "read_parts.hpp"

namespace mproc::job {
namespace {

struct FileFormat {
  std::string_view suffix;
  void (*describe)(DataFile&);
  void (*read)(const DataFile&, const std::function<void(base::ByteView)>&);
};
constexpr FileFormat file_formats[] = {
    {".npy", describe_npy, read_npy}, {".npz", describe_npz, read_npz}, {".csv", describe_csv, read_csv}};

const FileFormat* format_of(const std::filesystem::path& path) {
  const auto found = std::ranges::find(file_formats, path.extension().string(), &FileFormat::suffix);
  return found == std::end(file_formats) ? nullptr : found;
}

/// "data.npz:X": a file and what is meant of it.
std::pair<std::string, std::string> take_member(std::string_view text) {
  constexpr std::string_view mark = ".npz:";
  const std::size_t at = text.rfind(mark);
  if (at == text.npos) return {std::string(text), {}};
  return {std::string(text.substr(0, at + mark.size() - 1)), std::string(text.substr(at + mark.size()))};
}

bool is_identifier(std::string_view name) {
  const auto part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
         std::all_of(name.begin(), name.end(), part);
}

std::uint64_t element_bytes(const ArraySpec& array) {
  if (array.fields.empty()) return itemsize(array.dtype).value_or(0);
  std::uint64_t sum = 0;
  for (const auto& [name, dtype] : array.fields) sum += itemsize(dtype).value_or(0);
  return sum;
}

}  // namespace

bool names_data_file(std::string_view text) {
  return format_of(take_member(text).first) != nullptr;
}

DataFile existing_data_file(const Spot& spot) {
  DataFile file;
  const auto [path, member] = take_member(spot.text());
  file.path = existing_file(path, spot);
  file.member = member;
  spot.check(format_of(file.path) != nullptr,
             "has to be a .npy or .csv file, or \"FILE.npz:NAME\", not \"{}\"", spot.text());
  file.size = std::filesystem::file_size(file.path);
  file.written = std::filesystem::last_write_time(file.path);
  return file;
}

DataFile look_through(const Spot& spot, const std::string& name) {
  DataFile file = existing_data_file(spot);
  readable(spot, [&] {
    format_of(file.path)->describe(file);
    file.array.name = name;
  });
  return file;
}

std::vector<DataFile> read_data(const Spot& section) {
  std::vector<DataFile> out;
  for (const auto& entry : section.table("[data]").items()) {
    const Spot spot = section.member(entry.key());
    spot.check(is_identifier(spot.name()), "has to be named with letters, digits and '_'");
    out.push_back(look_through(spot, spot.name()));
  }
  return out;
}

void read_elements(const DataFile& file, const std::function<void(base::ByteView)>& piece) {
  const auto check = [&](bool same) {
    MPROC_CHECK(same, "{}: was changed while the job was started; start it again", file.path.string());
  };
  std::uint64_t left = file.array.bytes();
  format_of(file.path)->read(file, [&](base::ByteView bytes) {
    check(bytes.size() <= left);
    left -= bytes.size();
    piece(bytes);
  });
  check(left == 0 && std::filesystem::file_size(file.path) == file.size &&
        std::filesystem::last_write_time(file.path) == file.written);
}

base::Bytes all_elements(const DataFile& file) {
  base::Bytes out;
  out.reserve(file.array.bytes());
  read_elements(file, [&](base::ByteView piece) { base::append(out, piece); });
  return out;
}

std::string DataFile::shown() const {
  return printable(path.filename().string() + (member.empty() ? "" : ":" + member));
}

std::uint64_t ArraySpec::bytes() const {
  const bool known =
      fields.empty()
          ? itemsize(dtype).has_value()
          : std::ranges::all_of(fields, [](const auto& field) { return itemsize(field.second).has_value(); });
  MPROC_CHECK(known, "array '{}': cannot have elements of dtype '{}'", name, printable(dtype));
  const auto all = total_size(shape, element_bytes(*this));
  MPROC_CHECK(all, "array '{}': has a shape that no memory holds", name);
  return *all;
}

std::string ArraySpec::describe() const {
  std::string element = dtype;
  for (const auto& [field, type] : fields)
    element += fmt::format("{}{} {}", element.empty() ? "" : ", ", printable(field), type);
  if (!fields.empty()) element = "(" + element + ")";
  return fmt::format("{} of {}, {} bytes", shape.empty() ? "one" : fmt::format("{}", fmt::join(shape, " x ")),
                     element, bytes());
}

}  // namespace mproc::job
