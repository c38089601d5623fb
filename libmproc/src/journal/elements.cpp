#include "elements.hpp"

#include <bit>

#include "mproc/base/error.hpp"
#include "mproc/base/utf8.hpp"
#include "mproc/journal/value_text.hpp"
#include "npy_header.hpp"

namespace mproc::journal {
namespace {

/// NumPy's sizes: a power of two between these.
bool is_size(std::uint64_t size, std::uint64_t least, std::uint64_t most) {
  return std::has_single_bit(size) && size >= least && size <= most;
}

ElementType::Kind kind_of(char letter, std::uint64_t size) {
  using Kind = ElementType::Kind;
  switch (letter) {
    case 'b':
      return size == 1 ? Kind::boolean : Kind::other;
    case 'i':
      return is_size(size, 1, 8) ? Kind::integer : Kind::other;
    case 'u':
      return is_size(size, 1, 8) ? Kind::unsigned_integer : Kind::other;
    case 'f':
      return is_size(size, 2, 8) ? Kind::real : Kind::other;
    case 'c':
      return is_size(size, 8, 16) ? Kind::complex : Kind::other;
    case 'U':
      return Kind::text;
    default:
      return Kind::other;
  }
}

}  // namespace

ElementType::ElementType(std::string_view dtype) {
  const auto size = job::itemsize(dtype);
  if (!size || dtype.size() < 2) throw base::DecodeError("array of an unknown type");
  size_ = *size;
  kind_ = kind_of(dtype[1], size_);
  big_endian_ = dtype[0] == '>';
}

std::uint64_t ElementType::bits(const std::byte* element, std::uint64_t size) const {
  std::uint64_t value = 0;
  for (std::uint64_t i = 0; i < size; ++i)
    value = value << 8 | std::to_integer<std::uint64_t>(element[big_endian_ ? i : size - 1 - i]);
  return value;
}

std::int64_t ElementType::integer(const std::byte* element) const {
  if (kind_ == Kind::boolean) return boolean(element);
  if (kind_ == Kind::unsigned_integer) return static_cast<std::int64_t>(unsigned_integer(element));
  const unsigned unused = 64 - 8 * static_cast<unsigned>(size_);
  return static_cast<std::int64_t>(bits(element, size_) << unused) >> unused;
}

std::uint64_t ElementType::unsigned_integer(const std::byte* element) const {
  return kind_ == Kind::integer ? static_cast<std::uint64_t>(integer(element)) : bits(element, size_);
}

double ElementType::real_of_size(const std::byte* element, std::uint64_t size) const {
  const std::uint64_t value = bits(element, size);
  if (size == 8) return std::bit_cast<double>(value);
  if (size == 4) return std::bit_cast<float>(static_cast<std::uint32_t>(value));
  return job::half_to_double(static_cast<std::uint16_t>(value));
}

double ElementType::real(const std::byte* element) const {
  switch (kind_) {
    case Kind::real:
      return real_of_size(element, size_);
    case Kind::unsigned_integer:
      return static_cast<double>(unsigned_integer(element));
    default:
      return static_cast<double>(integer(element));
  }
}

std::complex<double> ElementType::complex(const std::byte* element) const {
  if (kind_ != Kind::complex) return real(element);
  return {real_of_size(element, size_ / 2), real_of_size(element + size_ / 2, size_ / 2)};
}

std::string ElementType::text(const std::byte* element) const {
  std::string utf8;
  std::uint64_t count = size_ / 4;
  while (count > 0 && bits(element + 4 * (count - 1), 4) == 0) --count;  // NumPy pads with zeros
  for (std::uint64_t i = 0; i < count; ++i)
    base::append_code_point(utf8, static_cast<char32_t>(bits(element + 4 * i, 4)));
  return utf8;
}

void refuse_endless(const job::NdarrayView& array) {
  constexpr std::uint64_t most = std::uint64_t{1} << 20;
  if (!array.data.empty()) return;
  std::uint64_t parts = 1;
  for (const std::uint64_t n : array.shape) {
    if (n == 0) return;
    if (n > most / parts)
      throw Misfit("an array of shape " + shape_text(array.shape) + ", which has no content");
    parts *= n;
  }
}

}  // namespace mproc::journal
