#pragma once

#include <functional>

#include "mproc/job/data.hpp"

namespace mproc::job {

/// About so much a reader hands on at once.
inline constexpr std::uint64_t piece_bytes = std::uint64_t{1} << 20;

// One pair of functions a file format: what array the file holds, after a look through all that may be wrong
// with it, and its elements. They throw UserError.
ArraySpec describe_npy(const std::filesystem::path& path);
void read_npy(const DataFile& file, const std::function<void(base::ByteView)>& piece);
ArraySpec describe_csv(const std::filesystem::path& path);
void read_csv(const DataFile& file, const std::function<void(base::ByteView)>& piece);

}  // namespace mproc::job
