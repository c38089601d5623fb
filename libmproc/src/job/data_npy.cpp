#include <fmt/format.h>

#include <algorithm>

#include "content_hash.hpp"
#include "data_files.hpp"
#include "mproc/base/error.hpp"
#include "mproc/job/ndarray.hpp"
#include "npy.hpp"
#include "parse.hpp"

namespace mproc::job {

ArraySpec npy_array(NpyHeader header, std::uint64_t size, const std::string& name) {
  MPROC_CHECK(itemsize(header.dtype),
              "{}: holds {}; shared arrays are of numbers, booleans, dates and fixed text", name,
              printable(header.dtype));
  ArraySpec array{{}, header.dtype, {}, header.fortran, std::move(header.shape)};
  const auto all = total_size(array.shape, *itemsize(array.dtype));
  MPROC_CHECK(all && *all <= size - header.data_offset,
              "{}: is cut short: its shape needs more bytes than it has", name);
  return array;
}

void describe_npy(DataFile& from) {
  InputFile file(from.path);
  from.array = npy_array(read_npy_header(file), file.size(), from.path.string());
  from.hash = file_hash(from.path);
}

void read_npy(const DataFile& from, const std::function<void(base::ByteView)>& piece) {
  InputFile file(from.path);
  const std::uint64_t start = read_npy_header(file).data_offset, all = from.array.bytes();
  for (std::uint64_t at = 0; at < all; at += piece_bytes)
    piece(file.at(start + at, std::min(piece_bytes, all - at)));
}

}  // namespace mproc::job
