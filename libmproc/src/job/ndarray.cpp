#include "mproc/job/ndarray.hpp"

#include <charconv>
#include <cmath>
#include <limits>

#include "mproc/base/error.hpp"
#include "mproc/base/msgpack.hpp"

namespace mproc::job {
namespace {

using base::Bytes;
using base::ByteView;
using base::DecodeError;

constexpr std::uint64_t alignment = 64;
constexpr std::uint64_t smallest_padded = std::uint64_t{64} << 10;
constexpr std::uint64_t long_extension = 6, short_binary = 2;  // bytes of msgpack before their content

std::uint64_t unsigned_at(const msgpack::object& value) {
  if (value.type != msgpack::type::POSITIVE_INTEGER)
    throw DecodeError("array's shape is not of whole numbers");
  return value.via.u64;
}

}  // namespace

std::optional<std::uint64_t> total_size(std::span<const std::uint64_t> shape, std::uint64_t size) {
  std::uint64_t total = size;
  bool overflow = false;
  for (const std::uint64_t n : shape) {
    if (n == 0) return 0;
    overflow = overflow || __builtin_mul_overflow(total, n, &total);
  }
  if (overflow) return std::nullopt;
  return total;
}

std::optional<std::uint64_t> itemsize(std::string_view dtype) {
  if (dtype.size() < 3) return std::nullopt;
  if (std::string_view("<>|=").find(dtype[0]) == std::string_view::npos) return std::nullopt;
  const char kind = dtype[1];
  if (std::string_view("biufcmMSUV").find(kind) == std::string_view::npos) return std::nullopt;
  std::uint64_t size = 0;
  const char* end = dtype.data() + dtype.size();
  const auto [rest, error] = std::from_chars(dtype.data() + 2, end, size);
  const bool unit = (kind == 'm' || kind == 'M') && rest != end && *rest == '[' && end[-1] == ']';
  if (error != std::errc() || (rest != end && !unit)) return std::nullopt;
  if (size > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return kind == 'U' ? size * 4 : size;
}

void append_ndarray_head(Bytes& to, std::string_view dtype, std::span<const std::uint64_t> shape,
                         std::uint64_t size, std::uint64_t before) {
  const bool padded = size >= smallest_padded;
  Bytes head;
  base::BytesSink sink(head);
  msgpack::packer packer(sink);
  packer.pack_array(padded ? 3 : 2);
  packer.pack(dtype);
  packer.pack_array(static_cast<std::uint32_t>(shape.size()));
  for (const std::uint64_t n : shape) packer.pack(n);
  if (padded) {
    const std::uint64_t data = before + to.size() + long_extension + head.size() + short_binary;
    const auto padding = static_cast<std::uint32_t>((alignment - data % alignment) % alignment);
    packer.pack_bin(padding);
    head.resize(head.size() + padding, std::byte{0});
  }
  const std::uint64_t body = head.size() + size;
  MPROC_CHECK(body >= size && body <= std::numeric_limits<std::uint32_t>::max(),
              "an array of {} bytes is too large: one value may have 4 GiB; split it", size);
  base::BytesSink target(to);
  msgpack::packer(target).pack_ext(body, static_cast<std::int8_t>(base::Ext::ndarray));
  base::append(to, head);
}

std::byte* append_ndarray_header(Bytes& to, std::string_view dtype, std::span<const std::uint64_t> shape,
                                 std::uint64_t size) {
  append_ndarray_head(to, dtype, shape, size);
  to.resize(to.size() + size);
  return to.data() + (to.size() - size);
}

double half_to_double(std::uint16_t bits) {
  const int exponent = bits >> 10 & 0x1f, fraction = bits & 0x3ff;
  const double sign = (bits & 0x8000) != 0 ? -1 : 1;
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  if (exponent < 0x1f) return sign * std::ldexp(fraction + 0x400, exponent - 25);
  return sign *
         (fraction == 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN());
}

void append_ndarray(Bytes& to, std::string_view dtype, std::span<const std::uint64_t> shape, ByteView data) {
  std::byte* target = append_ndarray_header(to, dtype, shape, data.size());
  if (!data.empty()) std::memcpy(target, data.data(), data.size());
}

NdarrayView decode_ndarray(ByteView body) {
  std::size_t offset = 0;
  const auto handle = base::unpack_value(body, offset);
  const msgpack::object& head = handle.get();
  if (head.type != msgpack::type::ARRAY || head.via.array.size < 2 || head.via.array.size > 3)
    throw DecodeError("array without dtype and shape");
  const msgpack::object& dtype = head.via.array.ptr[0];
  const msgpack::object& shape = head.via.array.ptr[1];
  if (dtype.type != msgpack::type::STR) throw DecodeError("array's dtype is not a string");
  if (shape.type != msgpack::type::ARRAY) throw DecodeError("array's shape is not a list");
  if (shape.via.array.size > most_dimensions) throw DecodeError("array of more dimensions than NumPy has");
  NdarrayView out;
  out.dtype = {dtype.via.str.ptr, dtype.via.str.size};
  for (std::uint32_t i = 0; i < shape.via.array.size; ++i)
    out.shape.push_back(unsigned_at(shape.via.array.ptr[i]));
  out.data = body.subspan(offset);
  const auto element = itemsize(out.dtype);
  if (!element) throw DecodeError("array of unknown dtype '" + std::string(out.dtype) + "'");
  if (total_size(out.shape, *element) != out.data.size())
    throw DecodeError("array's size and shape disagree");
  return out;
}

}  // namespace mproc::job
