#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "input_file.hpp"

namespace mproc::job {

struct NpyHeader {
  std::string dtype;  ///< "<f8"
  bool fortran = false;
  std::vector<std::uint64_t> shape;
  std::uint64_t data_offset = 0;
};

/// Throws UserError "FILE: ..." for what is not a .npy file.
NpyHeader read_npy_header(InputFile& file);

/// Appends one element of a 1-d array as a msgpack scalar. False for text that is not Unicode.
bool append_npy_scalar(base::Bytes& to, char kind, base::ByteView element);

}  // namespace mproc::job
