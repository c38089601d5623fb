#include "mproc/base/msgpack.hpp"
#include "mproc/base/utf8.hpp"
#include "mproc/job/encode.hpp"
#include "mproc/job/ndarray.hpp"
#include "npy.hpp"

namespace mproc::job {
namespace {

template <class T>
T load(base::ByteView bytes, std::size_t offset = 0) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
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

/// NumPy pads strings with NULs, and drops them when it reads.
bool append_text(base::Bytes& to, base::ByteView e) {
  std::string text;
  std::size_t length = e.size() / 4;
  while (length > 0 && load<std::uint32_t>(e, (length - 1) * 4) == 0) --length;
  for (std::size_t i = 0; i < length; ++i) {
    const auto point = load<char32_t>(e, i * 4);
    if (!base::is_character(point)) return false;
    base::append_code_point(text, point);
  }
  base::pack_to(to, text);
  return true;
}

}  // namespace

double npy_number(char kind, base::ByteView element) {
  switch (kind) {
    case 'f':
      return load_float(element);
    case 'i':
      return static_cast<double>(load_signed(element));
    case 'u':
      return static_cast<double>(load_unsigned(element));
    default:
      return element[0] != std::byte{0} ? 1 : 0;
  }
}

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
