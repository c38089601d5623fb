#include "mproc/exec/native_result.hpp"

#include <fmt/format.h>

#include "mproc/base/error.hpp"
#include "mproc/base/msgpack.hpp"
#include "mproc/base/utf8.hpp"
#include "mproc/exec/native_item.hpp"
#include "mproc/job/encode.hpp"
#include "mproc/job/ndarray.hpp"

namespace mproc::exec {
namespace {

constexpr std::size_t longest = UINT32_MAX;  // of one msgpack value

template <class T>
T loaded(const void* from) {
  T value{};
  std::memcpy(&value, from, sizeof value);
  return value;
}

}  // namespace

void NativeResult::start(base::Bytes& to) {
  to_ = &to;
  problem_.clear();
}

void NativeResult::refuse(std::string why) {
  if (problem_.empty()) problem_ = std::move(why);
}

void NativeResult::none() {
  if (encoding_ == job::Encoding::array)
    refuse("the result has none, which does not fit npy and npz output; choose a .jsonl or .pickle output");
  base::pack_to(*to_, msgpack::type::nil_t());
}

void NativeResult::number(abi::Number type, const void* from) {
  base::BytesSink sink(*to_);
  msgpack::packer packer(sink);
  switch (type) {
    case abi::Number::boolean:
      packer.pack(loaded<bool>(from));
      return;
    case abi::Number::i8:
      packer.pack(loaded<std::int8_t>(from));
      return;
    case abi::Number::i16:
      packer.pack(loaded<std::int16_t>(from));
      return;
    case abi::Number::i32:
      packer.pack(loaded<std::int32_t>(from));
      return;
    case abi::Number::i64:
      packer.pack(loaded<std::int64_t>(from));
      return;
    case abi::Number::u8:
      packer.pack(loaded<std::uint8_t>(from));
      return;
    case abi::Number::u16:
      packer.pack(loaded<std::uint16_t>(from));
      return;
    case abi::Number::u32:
      packer.pack(loaded<std::uint32_t>(from));
      return;
    case abi::Number::u64:
      packer.pack(loaded<std::uint64_t>(from));
      return;
    case abi::Number::f32:
      job::append_double(*to_, static_cast<double>(loaded<float>(from)));
      return;
    case abi::Number::f64:
      job::append_double(*to_, loaded<double>(from));
      return;
  }
}

void NativeResult::text(const char* data, std::size_t size) {
  if (size > longest) return refuse("the result has a text of more than 4 GiB; split it");
  if (!base::is_utf8({data, size}))
    return refuse("the result has a text that is not UTF-8; return bytes as numbers, or a text that is");
  base::pack_to(*to_, std::string_view(data, size));
}

void NativeResult::bytes(const char* data, std::size_t size) {
  if (size > longest) return refuse("the result has bytes of more than 4 GiB; split them");
  if (encoding_ == job::Encoding::neutral || encoding_ == job::Encoding::array)
    return refuse("the result has bytes, which do not fit this output; choose a .pickle output");
  base::BytesSink sink(*to_);
  msgpack::packer(sink)
      .pack_bin(static_cast<std::uint32_t>(size))
      .pack_bin_body(data, static_cast<std::uint32_t>(size));
}

void NativeResult::array(const abi::Array& from) {
  const std::span<const std::uint64_t> shape(from.shape, from.dimensions);
  const auto size = job::total_size(shape, abi::size_of(from.type));
  if (!size || from.dimensions > job::most_dimensions)
    return refuse("the result has an array of no possible shape");
  try {
    job::append_ndarray(*to_, dtype_of(from.type), shape, {static_cast<const std::byte*>(from.data), *size});
  } catch (const base::UserError& error) {
    refuse(error.what());
  }
}

void NativeResult::list(std::size_t count) {
  if (count > longest) return refuse("the result has too long a list");
  base::BytesSink sink(*to_);
  msgpack::packer(sink).pack_array(static_cast<std::uint32_t>(count));
}

void NativeResult::map(std::size_t count) {
  if (encoding_ == job::Encoding::array)
    refuse("the result has names, which do not fit npy and npz output; choose a .csv or .jsonl output");
  base::BytesSink sink(*to_);
  msgpack::packer(sink).pack_map(static_cast<std::uint32_t>(count));
}

}  // namespace mproc::exec
