#include "crossval_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <unordered_map>

#include "csv.hpp"
#include "mproc/base/error.hpp"
#include "mproc/base/utf8.hpp"
#include "mproc/job/ndarray.hpp"
#include "npy.hpp"
#include "parse.hpp"
#include "series_order.hpp"

namespace mproc::job {
namespace {

/// What there is of an array whose elements are all alike.
struct Elements {
  Elements(const ArraySpec& array, base::Bytes elements)
      : kind(array.dtype[1]),
        big_endian(array.dtype[0] == '>'),
        size(static_cast<std::size_t>(*itemsize(array.dtype))),
        count(static_cast<std::size_t>(*total_size(array.shape, 1))),
        bytes(std::move(elements)) {}
  base::ByteView at(std::size_t i) const { return base::ByteView(bytes).subspan(i * size, size); }
  void swap_bytes() {
    const std::size_t unit = kind == 'U' ? 4 : size;
    for (std::size_t i = 0; unit > 1 && i < bytes.size(); i += unit)
      std::reverse(bytes.data() + i, bytes.data() + i + unit);
    big_endian = !big_endian;
  }

  char kind;
  bool big_endian;
  std::size_t size, count;
  base::Bytes bytes;
};

template <class Key, class KeyAt>
std::vector<std::int64_t> ranks(std::size_t count, const KeyAt& key_at) {
  std::unordered_map<Key, std::int64_t> numbers;  // in order of appearance, then of the keys
  std::vector<const std::int64_t*> of_each;
  of_each.reserve(count);
  for (std::size_t i = 0; i < count; ++i) of_each.push_back(&numbers.try_emplace(key_at(i)).first->second);
  std::vector<std::pair<Key, std::int64_t*>> sorted;
  for (auto& [key, number] : numbers) sorted.emplace_back(key, &number);
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t i = 0; i < sorted.size(); ++i) *sorted[i].second = static_cast<std::int64_t>(i);
  std::vector<std::int64_t> out;
  out.reserve(count);
  for (const std::int64_t* number : of_each) out.push_back(*number);
  return out;
}

/// Compares as the integer does.
std::uint64_t integer_key(char kind, base::ByteView element) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, element.data(), element.size());
  if (kind != 'i') return bits;
  const std::uint64_t sign = std::uint64_t{1} << (8 * element.size() - 1);
  return bits ^ sign;
}

bool is_number(std::string_view dtype) {
  const std::uint64_t size = itemsize(dtype).value_or(0);
  if (dtype[1] == 'b') return size == 1;
  const bool whole = dtype[1] == 'i' || dtype[1] == 'u';
  return (whole && size == 1) || ((whole || dtype[1] == 'f') && (size == 2 || size == 4 || size == 8));
}

std::string text_of(base::ByteView element) {
  std::string out;
  for (std::size_t i = 0; i < element.size(); i += 4) {
    char32_t point = 0;
    std::memcpy(&point, element.data() + i, sizeof point);
    if (point != 0) base::append_code_point(out, point);
  }
  return out;
}

}  // namespace

bool has_codes(const ArraySpec& array) {
  if (!array.fields.empty()) return false;
  const char kind = array.dtype[1];
  return kind == 'U' || kind == 'S' || (kind != 'f' && is_number(array.dtype));
}

std::vector<std::int64_t> value_codes(const ArraySpec& array, base::Bytes elements) {
  Elements all(array, std::move(elements));
  const bool text = all.kind == 'U' || all.kind == 'S';
  // The bytes of big-endian text compare as its code points do.
  if (all.kind != 'S' && all.big_endian != text) all.swap_bytes();
  if (text) return ranks<std::string_view>(all.count, [&](std::size_t i) { return base::text(all.at(i)); });
  return ranks<std::uint64_t>(all.count, [&](std::size_t i) { return integer_key(all.kind, all.at(i)); });
}

std::vector<double> values_in_time(const ArraySpec& array, base::Bytes elements) {
  const bool text = array.fields.empty() && array.dtype[1] == 'U';
  MPROC_CHECK(text || (array.fields.empty() && is_number(array.dtype)),
              "holds {}; has to be of numbers, or of dates and times as text", printable(array.dtype));
  Elements all(array, std::move(elements));
  if (all.big_endian) all.swap_bytes();
  std::vector<double> out;
  out.reserve(all.count);
  for (std::size_t i = 0; i < all.count; ++i) {
    if (!text) {
      out.push_back(npy_number(all.kind, all.at(i)));
      continue;
    }
    const std::string cell = text_of(all.at(i));
    const auto time = parse_time(trimmed(cell));
    MPROC_CHECK(time, "sample {} has \"{}\", which is neither a number nor a time as 2026-11-23T09:30:00", i,
                printable(cell));
    out.push_back(static_cast<double>(*time) / 1e9);
  }
  return out;
}

}  // namespace mproc::job
