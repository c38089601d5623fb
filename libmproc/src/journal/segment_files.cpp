#include "segment_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <tuple>

#include "mproc/base/error.hpp"

namespace mproc::journal {
namespace {

/// "0003-0012.mj".
std::optional<SegmentFile> parse(const std::filesystem::path& path) {
  SegmentFile file{0, 0, path};
  if (path.extension() != ".mj") return std::nullopt;
  const std::string stem = path.stem().string();
  const char* const end = stem.data() + stem.size();
  const auto epoch = std::from_chars(stem.data(), end, file.epoch);
  if (epoch.ec != std::errc() || epoch.ptr == end || *epoch.ptr != '-') return std::nullopt;
  const auto number = std::from_chars(epoch.ptr + 1, end, file.number);
  if (number.ec != std::errc() || number.ptr != end) return std::nullopt;
  return file;
}

}  // namespace

std::filesystem::path segments_directory(const RunDirectory& run) {
  return run.path() / "segments";
}

std::filesystem::path segment_path(const RunDirectory& run, std::uint32_t epoch, std::uint32_t number) {
  return segments_directory(run) / fmt::format("{:04}-{:04}.mj", epoch, number);
}

std::vector<SegmentFile> segment_files(const RunDirectory& run) {
  std::vector<SegmentFile> files;
  std::error_code failure;
  for (std::filesystem::directory_iterator entry(segments_directory(run), failure), end;
       !failure && entry != end; entry.increment(failure))
    if (auto file = parse(entry->path())) files.push_back(std::move(*file));
  if (failure && failure != std::errc::no_such_file_or_directory)
    throw base::SystemError("cannot list " + segments_directory(run).string(), failure.value());
  std::sort(files.begin(), files.end(), [](const SegmentFile& a, const SegmentFile& b) {
    return std::tie(a.epoch, a.number) < std::tie(b.epoch, b.number);
  });
  return files;
}

}  // namespace mproc::journal
