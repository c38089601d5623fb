#include "mproc/exec/native_item.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <limits>
#include <utility>

#include "mproc/job/ndarray.hpp"
#include "native_library.hpp"

namespace mproc::exec {
namespace {

using abi::Number;
using Kind = Token::Kind;

constexpr std::array<std::string_view, 11> names_of_numbers{"bool", "i8",  "i16", "i32", "i64", "u8",
                                                            "u16",  "u32", "u64", "f32", "f64"};
constexpr std::array<std::string_view, 11> dtypes{"|b1", "|i1", "<i2", "<i4", "<i8", "|u1",
                                                  "<u2", "<u4", "<u8", "<f4", "<f8"};

/// Calls work(a value of the C++ type).
template <class Work>
decltype(auto) with_type(Number type, Work work) {
  switch (type) {
    case Number::boolean:
      return work(bool{});
    case Number::i8:
      return work(std::int8_t{});
    case Number::i16:
      return work(std::int16_t{});
    case Number::i32:
      return work(std::int32_t{});
    case Number::i64:
      return work(std::int64_t{});
    case Number::u8:
      return work(std::uint8_t{});
    case Number::u16:
      return work(std::uint16_t{});
    case Number::u32:
      return work(std::uint32_t{});
    case Number::u64:
      return work(std::uint64_t{});
    case Number::f32:
      return work(float{});
    case Number::f64:
      break;
  }
  return work(double{});
}

/// Whether `from` is an exact To, or a real rounded to one; then it is in `to`.
template <class To, class From>
bool converted(From from, To& to) {
  constexpr bool of_one_kind = std::is_same_v<To, bool> == std::is_same_v<From, bool>;
  if constexpr (!of_one_kind || (std::integral<To> && !std::integral<From>)) {
    return false;
  } else {
    if constexpr (std::integral<To> && !std::is_same_v<To, bool>)
      if (!std::in_range<To>(from)) return false;
    to = static_cast<To>(from);  // NOLINT(bugprone-signed-char-misuse): an i8 is a number
    return true;
  }
}

/// An element of an array.
template <class T>
T loaded(const std::byte* from) {
  if constexpr (std::is_same_v<T, bool>) {
    return *from != std::byte{0};  // as NumPy has it; no bool may have another byte than 0 or 1
  } else {
    T value{};
    std::memcpy(&value, from, sizeof value);
    return value;
  }
}

/// All elements to the other type; false where one is none of it.
bool convert(base::ByteView from, Number have, std::size_t count, Number want, std::byte* to) {
  return with_type(have, [&](auto source) {
    return with_type(want, [&](auto target) {
      for (std::size_t i = 0; i < count; ++i) {
        source = loaded<decltype(source)>(from.data() + i * sizeof source);
        if (!converted(source, target)) return false;
        std::memcpy(to + i * sizeof target, &target, sizeof target);
      }
      return true;
    });
  });
}

/// Whether a kernel can have them where they are.
bool in_place(base::ByteView elements, Number type) {
  if (type == Number::boolean)
    return std::all_of(elements.begin(), elements.end(), [](std::byte byte) { return byte <= std::byte{1}; });
  return reinterpret_cast<std::uintptr_t>(elements.data()) % abi::size_of(type) == 0;
}

}  // namespace

std::string_view name(Number type) {
  return names_of_numbers.at(static_cast<std::size_t>(type));
}

std::string_view dtype_of(Number type) {
  return dtypes.at(static_cast<std::size_t>(type));
}

std::optional<Number> number_of_dtype(std::string_view dtype) {
  for (std::size_t i = 0; i < dtypes.size(); ++i)
    if (dtype.size() == 3 && dtype.substr(1) == dtypes[i].substr(1) &&
        (dtype[0] == dtypes[i][0] || dtype[0] == '=' || dtype[2] == '1'))
      return static_cast<Number>(i);
  return std::nullopt;
}

std::string Token::describe() const {
  switch (kind) {
    case Kind::none:
      return "none";
    case Kind::boolean:
      return boolean ? "true" : "false";
    case Kind::integer:
      return fmt::format("the integer {}", integer);
    case Kind::natural:
      return fmt::format("the integer {}", natural);
    case Kind::real:
      return fmt::format("the real {}", real);
    case Kind::text: {
      constexpr std::size_t most = 30;
      if (bytes.size() > most) return fmt::format("a text of {} bytes", bytes.size());
      return fmt::format("the text \"{}\"", bytes);
    }
    case Kind::bytes:
      return fmt::format("{} bytes", bytes.size());
    case Kind::list:
      return fmt::format("a list of {}", count);
    case Kind::map:
      return fmt::format("a table of {} names", count);
    case Kind::extension:
      break;
  }
  switch (extension) {
    case base::Ext::ndarray: {
      const auto array = job::decode_ndarray(base::view(bytes));
      return fmt::format("an array of {} and {} dimension{}", array.dtype, array.shape.size(),
                         array.shape.size() == 1 ? "" : "s");
    }
    case base::Ext::bigint:
      return "an integer beyond 64 bits";
    case base::Ext::complex:
      return "a complex number";
    case base::Ext::datetime:
      return "a date";
    default:
      return "a Python object";
  }
}

Token TokenBuild::string(std::string_view text) {
  Token token{Kind::text};
  token.bytes = text;
  return token;
}
Token TokenBuild::binary(std::string_view bytes) {
  Token token{Kind::bytes};
  token.bytes = bytes;
  return token;
}
Token TokenBuild::counted(Kind kind, std::size_t count) {
  Token token{kind};
  token.count = count;
  return token;
}
Token TokenBuild::extension(base::Ext type, base::ByteView body) {
  Token token{Kind::extension};
  token.extension = type;
  token.bytes = base::text(body);
  return token;
}

NativeItem::NativeItem(const abi::Kernel& kernel, const std::string& args, job::Call call)
    : kernel_(kernel),
      spread_(call == job::Call::star || call == job::Call::arguments),
      args_(args),
      args_places_(kernel.parameter_count),
      places_(kernel.parameter_count) {
  if (args_.empty()) return;
  Values values(base::view(args_));
  const Token head = values.next(build_);
  if (head.kind != Kind::map) throw base::DecodeError("args are no map with names");
  places_.swap(args_places_);
  for (std::size_t i = 0; i < head.count; ++i) {
    const auto key = std::string(values.next(build_).bytes);
    if (!place(key, Place{base::view(args_), values.at()}))
      throw base::DecodeError(
          fmt::format("{} has no parameter '{}', which args give", signature(kernel), key));
    values.skip();
  }
  places_.swap(args_places_);
}

std::size_t NativeItem::start(base::ByteView items) {
  if (memory_is_used_) memory_.release();
  memory_is_used_ = false;
  problem_.clear();
  reading_.reset();
  elements_ = {};
  is_whole_ = false;
  std::copy(args_places_.begin(), args_places_.end(), places_.begin());
  Values values(items);
  const Token first = values.next(build_);
  const auto size = [&] { return static_cast<std::size_t>(values.at() - items.data()); };
  switch (first.kind) {
    case Kind::map:
      if (takes_whole(abi::Takes::map)) break;
      place_map(items, values, first.count);
      return size();
    case Kind::list:
      if (takes_whole(abi::Takes::list)) break;
      place_list(items, values, first.count);
      return size();
    case Kind::extension:
      if (first.extension != base::Ext::ndarray || takes_whole(abi::Takes::list)) break;
      place_elements(first);
      return size();
    default:
      if (!places_.empty()) places_[0] = {items, items.data()};
      whole_ = first;
      is_whole_ = true;
      return size();
  }
  if (!places_.empty()) places_[0] = {items, items.data()};
  return base::skip_value(items, 0);
}

void* NativeItem::allocate(std::size_t bytes, std::size_t alignment) {
  memory_is_used_ = true;
  return memory_.allocate(bytes, alignment);
}

/// Whether an item of that kind is the first parameter's value, and not several parameters'.
bool NativeItem::takes_whole(abi::Takes kind) const {
  if (kernel_.parameter_count == 0) return true;
  if (spread_) return false;
  const abi::Takes takes = kernel_.parameters[0].takes;
  for (std::size_t i = 1; i < args_places_.size(); ++i)
    if (args_places_[i].at == nullptr) return false;
  return takes == kind || takes == abi::Takes::anything;
}

/// The parameter of that name gets the value there. False: there is none.
bool NativeItem::place(std::string_view name, Place at) {
  for (std::size_t step = 0; step < places_.size(); ++step) {
    const std::size_t i = (guess_ + step) % places_.size();  // names mostly come in the parameters' order
    if (kernel_.parameters[i].name == nullptr || name != kernel_.parameters[i].name) continue;
    places_[i] = at;
    guess_ = i + 1;
    return true;
  }
  return false;
}

void NativeItem::place_map(base::ByteView items, Values& values, std::size_t count) {
  const bool named = !places_.empty() && kernel_.parameters[0].name != nullptr;
  guess_ = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Token key = values.next(build_);
    if (named)
      place(key.bytes, {items, values.at()});
    else if (i < places_.size())
      places_[i] = {items, values.at()};
    values.skip();
  }
  if (!named && count != places_.size())
    refuse(
        fmt::format("the item has {} values, and it takes {}; give its parameters names to choose among them",
                    count, places_.size()));
}

void NativeItem::place_list(base::ByteView items, Values& values, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (i < places_.size()) places_[i] = {items, values.at()};
    values.skip();
  }
  if (count > places_.size())
    refuse(fmt::format("the item has {} values, and it takes {}", count, places_.size()));
}

void NativeItem::place_elements(const Token& array) {
  const auto type = number_of_dtype(job::decode_ndarray(base::view(array.bytes)).dtype);
  if (!type || !ndarray(array, *type, elements_) || elements_.dimensions != 1 ||
      elements_.shape[0] > places_.size()) {
    problem_.clear();
    refuse(fmt::format("the item is {}, and it takes {} number{}", array.describe(), places_.size(),
                       places_.size() == 1 ? "" : "s"));
    return;
  }
  for (std::size_t i = 0; i < elements_.shape[0]; ++i)
    places_[i] = {{}, static_cast<const std::byte*>(elements_.data) + i * abi::size_of(*type)};
}

std::string NativeItem::problem() const {
  if (!reading_) return problem_;
  const abi::Parameter& parameter = kernel_.parameters[*reading_];
  return fmt::format("{}: {}",
                     parameter.name != nullptr ? parameter.name : fmt::format("value {}", *reading_ + 1),
                     problem_);
}

bool NativeItem::parameter(std::size_t index) {
  if (!problem_.empty()) return false;
  reading_ = index;
  next_is_whole_ = is_whole_ && index == 0;
  if (next_is_whole_) return true;
  const Place& place = places_[index];
  if (place.at == nullptr && kernel_.parameters[index].optional) {
    static constexpr std::byte none{0xc0};  // of msgpack
    element_ = nullptr;
    values_ = Values({&none, 1});
    return true;
  }
  if (place.at == nullptr) {
    reading_.reset();
    const char* name = kernel_.parameters[index].name;
    return refuse(name != nullptr ? fmt::format("the item lacks '{}'", name)
                                  : fmt::format("the item lacks value {}", index + 1));
  }
  element_ = place.in.empty() ? place.at : nullptr;
  if (element_ == nullptr)
    values_ = Values(place.in.subspan(static_cast<std::size_t>(place.at - place.in.data())));
  return true;
}

Token NativeItem::next() {
  if (std::exchange(next_is_whole_, false)) return whole_;
  if (element_ == nullptr) return values_.next(build_);
  return with_type(elements_.type, [&](auto zero) {
    using T = decltype(zero);
    const T value = loaded<T>(element_);
    if constexpr (std::is_same_v<T, bool>) return build_.boolean(value);
    if constexpr (std::is_floating_point_v<T>) return build_.real(static_cast<double>(value));
    if constexpr (std::is_signed_v<T>) return build_.integer(static_cast<std::int64_t>(value));
    return build_.natural(static_cast<std::uint64_t>(value));
  });
}

bool NativeItem::refuse(std::string why) {
  if (problem_.empty()) problem_ = std::move(why);
  return false;
}

void NativeItem::refuse(const char* text, std::size_t size) {
  refuse(std::string(text, size));
}

bool NativeItem::misfit(const Token& token, std::string_view wanted) {
  return refuse(fmt::format("{} where {} is wanted", token.describe(), wanted));
}

bool NativeItem::none() {
  if (next_is_whole_) {
    next_is_whole_ = whole_.kind != Kind::none;
    return !next_is_whole_;
  }
  const Values before = values_;
  if (element_ == nullptr && values_.next(build_).kind == Kind::none) return true;
  values_ = before;
  return false;
}

bool NativeItem::store(const Token& token, Number type, void* to) {
  return with_type(type, [&](auto zero) {
    auto value = zero;
    const bool good = token.kind == Kind::boolean   ? converted(token.boolean, value)
                      : token.kind == Kind::integer ? converted(token.integer, value)
                      : token.kind == Kind::natural ? converted(token.natural, value)
                      : token.kind == Kind::real    ? converted(token.real, value)
                                                    : false;
    if (good) std::memcpy(to, &value, sizeof value);
    return good;
  });
}

bool NativeItem::number(Number type, void* to) {
  const Token token = next();
  return store(token, type, to) || misfit(token, name(type));
}

bool NativeItem::text(const char*& data, std::size_t& size) {
  const Token token = next();
  if (token.kind != Kind::text) return misfit(token, "str");
  data = token.bytes.data();
  size = token.bytes.size();
  return true;
}

bool NativeItem::bytes(const char*& data, std::size_t& size) {
  const Token token = next();
  if (token.kind != Kind::text && token.kind != Kind::bytes) return misfit(token, "bytes");
  data = token.bytes.data();
  size = token.bytes.size();
  return true;
}

bool NativeItem::list(std::size_t& count) {
  const Token token = next();
  if (token.kind != Kind::list) return misfit(token, "a list");
  count = token.count;
  return true;
}

bool NativeItem::map(std::size_t& count) {
  const Token token = next();
  if (token.kind != Kind::map) return misfit(token, "a table of names");
  count = token.count;
  return true;
}

bool NativeItem::skip() {
  if (!std::exchange(next_is_whole_, false) && element_ == nullptr) values_.skip();
  return true;
}

bool NativeItem::numbers(Number type, const void*& data, std::size_t& count) {
  abi::Array array;
  if (!this->array(type, array)) return false;
  if (array.dimensions != 1)
    return refuse(fmt::format("an array of {} dimensions where one of one is wanted", array.dimensions));
  data = array.data;
  count = array.shape[0];
  return true;
}

bool NativeItem::array(Number type, abi::Array& to) {
  const Token token = next();
  if (token.kind == Kind::list) return list_of_numbers(token.count, type, to);
  if (token.kind == Kind::extension && token.extension == base::Ext::ndarray) return ndarray(token, type, to);
  return misfit(token, fmt::format("a list or array of {}", name(type)));
}

bool NativeItem::list_of_numbers(std::size_t count, Number type, abi::Array& to) {
  auto* elements = static_cast<std::byte*>(allocate(count * abi::size_of(type), abi::size_of(type)));
  for (std::size_t i = 0; i < count; ++i) {
    const Token token = values_.next(build_);
    if (!store(token, type, elements + i * abi::size_of(type)))
      return refuse(fmt::format("element {}: {} where {} is wanted", i, token.describe(), name(type)));
  }
  auto* shape = static_cast<std::uint64_t*>(allocate(sizeof(std::uint64_t), alignof(std::uint64_t)));
  *shape = count;
  to = {type, elements, shape, 1};
  return true;
}

bool NativeItem::ndarray(const Token& token, Number type, abi::Array& to) {
  const auto array = job::decode_ndarray(base::view(token.bytes));
  const auto have = number_of_dtype(array.dtype);
  if (!have) return misfit(token, fmt::format("an array of {}", name(type)));
  const std::size_t count = array.data.size() / abi::size_of(*have);
  const void* data = array.data.data();
  if (*have != type || !in_place(array.data, type)) {
    auto* elements = static_cast<std::byte*>(allocate(count * abi::size_of(type), abi::size_of(type)));
    if (!convert(array.data, *have, count, type, elements))
      return misfit(token, fmt::format("an array of {}", name(type)));
    data = elements;
  }
  auto* shape = static_cast<std::uint64_t*>(
      allocate(array.shape.size() * sizeof(std::uint64_t), alignof(std::uint64_t)));
  std::copy(array.shape.begin(), array.shape.end(), shape);
  to = {type, data, shape, array.shape.size()};
  return true;
}

}  // namespace mproc::exec
