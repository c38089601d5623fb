#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "mproc/journal/run_directory.hpp"

namespace mproc::journal {

struct SegmentFile {
  std::uint32_t epoch = 0;
  std::uint32_t number = 0;
  std::filesystem::path path;
};

std::filesystem::path segments_directory(const RunDirectory& run);
std::filesystem::path segment_path(const RunDirectory& run, std::uint32_t epoch, std::uint32_t number);
/// By epoch, then number: the order in which they were written.
std::vector<SegmentFile> segment_files(const RunDirectory& run);

}  // namespace mproc::journal
