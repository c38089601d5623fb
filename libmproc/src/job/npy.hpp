#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "input_file.hpp"
#include "mproc/job/data.hpp"

namespace mproc::job {

struct NpyHeader {
  std::string dtype;  ///< "<f8"
  bool fortran = false;
  std::vector<std::uint64_t> shape;
  std::uint64_t data_offset = 0;
};

/// `size` bytes that are read by `at`, of an array that errors call `name`. Throws UserError "NAME: ..." for
/// what is not a .npy file.
NpyHeader read_npy_header(const std::string& name, std::uint64_t size,
                          const std::function<base::ByteView(std::uint64_t offset, std::uint64_t size)>& at);
NpyHeader read_npy_header(InputFile& file);

/// The array of a .npy file of `size` bytes that errors call `name`. Throws UserError "NAME: ..." for types
/// that shared arrays cannot have, and for one that is cut short.
ArraySpec npy_array(NpyHeader header, std::uint64_t size, const std::string& name);

/// Bytes of one row, of the first axis. Throws UserError "FILE: ..." for arrays whose rows are no items:
/// without an axis, in Fortran order, of other things than numbers, booleans and Unicode text, big-endian, or
/// cut short.
std::uint64_t npy_row_bytes(const NpyHeader& header, const InputFile& file);

/// The value of one element that is of `kind` b, i, u or f, as dtypes say it.
double npy_number(char kind, base::ByteView element);

/// Appends one element of a 1-d array as a msgpack scalar. False for text that is not Unicode.
bool append_npy_scalar(base::Bytes& to, char kind, base::ByteView element);

}  // namespace mproc::job
