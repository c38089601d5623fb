#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mproc/base/bytes.hpp"

namespace mproc::job {

/// An array inside an item or a result: base::Ext::ndarray, whose body is the msgpack array
/// [dtype.str, [shape...]] and then the raw C-order bytes. Those of a large one lie at a multiple of 64 bytes
/// from the beginning of the values, by padding as a third element: who reads it in place finds it aligned.
struct NdarrayView {
  std::string_view dtype;  ///< as NumPy's dtype.str: "<f8", "|b1", "<U5"; points into the decoded bytes
  std::vector<std::uint64_t> shape;
  base::ByteView data;  ///< C order, perhaps not aligned; points into the decoded bytes
};

inline constexpr std::size_t most_dimensions = 64;  ///< of a NumPy array

/// Bytes of one element of a NumPy dtype.str ("<f8" 8, "<U5" 20, "<M8[ns]" 8), or nothing for what is not
/// one.
std::optional<std::uint64_t> itemsize(std::string_view dtype);

/// Bytes of that many elements of `size` each, or nothing where 64 bits do not hold it.
std::optional<std::uint64_t> total_size(std::span<const std::uint64_t> shape, std::uint64_t size);

/// The value of an IEEE number of 16 bits ("<f2").
double half_to_double(std::uint16_t bits);

/// Appends the array as one whole msgpack value. `data` is product(shape) * itemsize bytes in C order.
/// Throws UserError for more than 4 GiB (msgpack's limit for one value).
void append_ndarray(base::Bytes& to, std::string_view dtype, std::span<const std::uint64_t> shape,
                    base::ByteView data);

/// As append_ndarray, but leaves the `size` bytes of data to the caller, to be written to the pointer
/// returned before `to` changes again.
std::byte* append_ndarray_header(base::Bytes& to, std::string_view dtype,
                                 std::span<const std::uint64_t> shape, std::uint64_t size);

/// As append_ndarray_header, but without room for the data, which comes behind. `before`: bytes that lie
/// outside of `to` and come before what is appended.
void append_ndarray_head(base::Bytes& to, std::string_view dtype, std::span<const std::uint64_t> shape,
                         std::uint64_t size, std::uint64_t before = 0);

/// Decodes the body of an Ext::ndarray (what follows the extension's type). Throws DecodeError where it is
/// torn, or size, shape and dtype disagree, or there are too many dimensions.
NdarrayView decode_ndarray(base::ByteView body);

}  // namespace mproc::job
