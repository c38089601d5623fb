#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "mproc/base/bytes.hpp"
#include "mproc/base/msgpack.hpp"

namespace mproc::job {

/// A shared array but for its elements: what NumPy has to know of it.
struct ArraySpec {
  std::string name;   ///< in mproc.data
  std::string dtype;  ///< dtype.str ("<f8"); empty: see fields
  std::vector<std::pair<std::string, std::string>>
      fields;            ///< of a structured array: name, dtype.str; packed
  bool fortran = false;  ///< the first axis varies fastest
  std::vector<std::uint64_t> shape;
  /// Of all elements. Throws UserError for a dtype that arrays cannot have, and for sizes beyond 64 bits.
  std::uint64_t bytes() const;
  /// "1000 x 20 of <f8, 160000 bytes".
  std::string describe() const;
  MSGPACK_DEFINE(name, dtype, fields, fortran, shape)
};

/// An array in a file that has been looked through and found sound.
struct DataFile {
  ArraySpec array;
  std::filesystem::path path;
  std::string member;                ///< of an .npz file, as the user named it
  std::vector<std::string> columns;  ///< of a .csv file, all of array.dtype; empty: a field for each
  std::string hash;                  ///< of the file's content, or of the member's; hex
  std::uint64_t size = 0;
  std::filesystem::file_time_type written;
  /// "train.npy", "train.npz:X"
  std::string shown() const;
};

/// Reads the array's elements, in the order in which they lie, piece by piece. Throws UserError when the file
/// has changed since the job was read.
void read_elements(const DataFile& file, const std::function<void(base::ByteView)>& piece);

}  // namespace mproc::job
