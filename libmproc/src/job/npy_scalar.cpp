#include <cmath>
#include <limits>

#include "mproc/base/msgpack.hpp"
#include "mproc/job/encode.hpp"
#include "npy.hpp"

namespace mproc::job {
namespace {

template <class T>
T load(base::ByteView bytes, std::size_t offset = 0) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

double half_to_double(std::uint16_t bits) {
  const int exponent = bits >> 10 & 0x1f, fraction = bits & 0x3ff;
  double value = 0;
  if (exponent == 0) {
    value = std::ldexp(fraction, -24);
  } else if (exponent < 0x1f) {
    value = std::ldexp(fraction + 0x400, exponent - 25);
  } else {
    value =
        fraction == 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  }
  return (bits & 0x8000) != 0 ? -value : value;
}

std::int64_t load_signed(base::ByteView e) {
  switch (e.size()) {
    case 1:
      return load<std::int8_t>(e);
    case 2:
      return load<std::int16_t>(e);
    case 4:
      return load<std::int32_t>(e);
    default:
      return load<std::int64_t>(e);
  }
}

std::uint64_t load_unsigned(base::ByteView e) {
  std::uint64_t value = 0;
  std::memcpy(&value, e.data(), e.size());
  return value;
}

double load_float(base::ByteView e) {
  if (e.size() == 2) return half_to_double(load<std::uint16_t>(e));
  return e.size() == 4 ? load<float>(e) : load<double>(e);
}

void append_complex(base::Bytes& to, base::ByteView e) {
  const double parts[2] = {load_float(e.first(e.size() / 2)), load_float(e.subspan(e.size() / 2))};
  base::BytesSink sink(to);
  msgpack::packer packer(sink);
  packer.pack_ext(sizeof parts, static_cast<std::int8_t>(base::Ext::complex));
  packer.pack_ext_body(reinterpret_cast<const char*>(parts), sizeof parts);
}

void append_utf8(std::string& to, std::uint32_t point) {
  const auto tail = [&](int shift) { to += static_cast<char>(0x80 | (point >> shift & 0x3f)); };
  if (point < 0x80) {
    to += static_cast<char>(point);
  } else if (point < 0x800) {
    to += static_cast<char>(0xc0 | point >> 6);
    tail(0);
  } else if (point < 0x10000) {
    to += static_cast<char>(0xe0 | point >> 12);
    tail(6), tail(0);
  } else {
    to += static_cast<char>(0xf0 | point >> 18);
    tail(12), tail(6), tail(0);
  }
}

/// NumPy pads strings with NULs, and drops them when it reads.
bool append_text(base::Bytes& to, base::ByteView e) {
  std::string text;
  std::size_t length = e.size() / 4;
  while (length > 0 && load<std::uint32_t>(e, (length - 1) * 4) == 0) --length;
  for (std::size_t i = 0; i < length; ++i) {
    const auto point = load<std::uint32_t>(e, i * 4);
    if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return false;
    append_utf8(text, point);
  }
  base::pack_to(to, text);
  return true;
}

}  // namespace

bool append_npy_scalar(base::Bytes& to, char kind, base::ByteView element) {
  switch (kind) {
    case 'b':
      base::pack_to(to, element[0] != std::byte{0});
      return true;
    case 'i':
      base::pack_to(to, load_signed(element));
      return true;
    case 'u':
      base::pack_to(to, load_unsigned(element));
      return true;
    case 'f':
      append_double(to, load_float(element));
      return true;
    case 'c':
      append_complex(to, element);
      return true;
    default:
      return append_text(to, element);
  }
}

}  // namespace mproc::job
