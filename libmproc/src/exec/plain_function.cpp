#include "plain_function.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <map>

#include "mproc/base/error.hpp"
#include "mproc/job/ndarray.hpp"

namespace mproc::exec {
namespace {

using Parameter = job::NativeParameter;
using abi::Number;

ffi_type* ffi_type_of(Number number) {
  switch (number) {
    case Number::boolean:
    case Number::u8:
      return &ffi_type_uint8;
    case Number::i8:
      return &ffi_type_sint8;
    case Number::i16:
      return &ffi_type_sint16;
    case Number::i32:
      return &ffi_type_sint32;
    case Number::i64:
      return &ffi_type_sint64;
    case Number::u16:
      return &ffi_type_uint16;
    case Number::u32:
      return &ffi_type_uint32;
    case Number::u64:
      return &ffi_type_uint64;
    case Number::f32:
      return &ffi_type_float;
    case Number::f64:
      break;
  }
  return &ffi_type_double;
}

ffi_type* ffi_type_of(const Parameter& parameter) {
  const bool pointer = parameter.kind != Parameter::Kind::number || parameter.by_reference;
  return pointer ? &ffi_type_pointer : ffi_type_of(parameter.number);
}

/// What one parameter of a call is stored in.
struct Argument {
  alignas(8) std::array<std::byte, 8> number{};
  void* pointer = nullptr;  // text, array, or to the number
  std::string text;
  std::vector<std::byte> own;  // an array that the function writes
  abi::Array array;
  std::vector<std::uint64_t> shape;
};

template <class T>
void put(Argument& argument, T value) {
  std::memcpy(argument.number.data(), &value, sizeof value);
}

/// Stores the low bytes of a whole number; false where they are not all of it.
bool put_integer(Argument& argument, Number type, std::int64_t value) {
  std::memcpy(argument.number.data(), &value, abi::size_of(type));
  return job::fits(value, type);
}

std::int64_t integer_of(const Argument& argument, Number type) {
  std::int64_t value = 0;
  const std::size_t size = abi::size_of(type);
  std::memcpy(&value, argument.number.data(), size);
  const unsigned unused = static_cast<unsigned>(64 - size * 8);
  return job::is_signed(type) ? value << unused >> unused : value;
}

void put_constant(Argument& argument, Number type, const std::string& text) {
  if (type == Number::boolean) return put(argument, text == "true");
  double real = 0;
  std::int64_t integer = 0;
  if (type == Number::f32 || type == Number::f64)
    std::from_chars(text.data(), text.data() + text.size(), real);
  else
    std::from_chars(text.data(), text.data() + text.size(), integer);
  if (type == Number::f32) return put(argument, static_cast<float>(real));
  if (type == Number::f64) return put(argument, real);
  put_integer(argument, type, integer);
}

}  // namespace

/// One call: what is read from an item, and what comes back.
struct PlainFunction::Call {
  explicit Call(const PlainFunction& of) : self(of), arguments(of.function_.parameters.size()) {}

  bool read(abi::Reader& item) {
    std::size_t given = 0;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const auto& parameter = self.function_.parameters[i];
      Argument& argument = arguments[i];
      if (parameter.constant) put_constant(argument, parameter.number, *parameter.constant);
      if (parameter.is_given() && (!item.parameter(given++) || !take(item, parameter, argument)))
        return false;
      if (parameter.kind == Parameter::Kind::number && parameter.role == Parameter::Role::in &&
          !parameter.is_length && !parameter.name.empty() &&
          !set_length(item, parameter.name, integer_of(argument, parameter.number)))
        return false;
    }
    for (std::size_t i = 0; i < arguments.size(); ++i)
      if (!complete(item, self.function_.parameters[i], arguments[i])) return false;
    return true;
  }

  void call(void* result) {
    std::vector<void*> values;
    values.reserve(arguments.size());
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const auto& parameter = self.function_.parameters[i];
      if (parameter.by_reference) arguments[i].pointer = arguments[i].number.data();
      const bool pointer = parameter.kind != Parameter::Kind::number || parameter.by_reference;
      values.push_back(pointer ? static_cast<void*>(&arguments[i].pointer) : arguments[i].number.data());
    }
    ::ffi_call(&self.interface_, FFI_FN(self.address_), result, values.data());
  }

  void write(abi::Writer& to, const void* result) const {
    const auto& function = self.function_;
    std::size_t count = function.result ? 1 : 0;
    for (const auto& parameter : function.parameters) count += parameter.role != Parameter::Role::in ? 1 : 0;
    if (count == 0) return to.none();
    if (count > 1) to.map(count);
    if (function.result) {
      if (count > 1) to.text("result", 6);
      write_result(to, result);
    }
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const auto& parameter = function.parameters[i];
      if (parameter.role == Parameter::Role::in) continue;
      if (count > 1) to.text(parameter.name.data(), parameter.name.size());
      if (parameter.kind == Parameter::Kind::array)
        to.array(arguments[i].array);
      else
        to.number(parameter.number, arguments[i].number.data());
    }
  }

 private:
  static bool refuse(abi::Reader& item, const std::string& why) {
    item.refuse(why.data(), why.size());
    return false;
  }

  bool take(abi::Reader& item, const Parameter& parameter, Argument& argument) {
    if (parameter.kind == Parameter::Kind::number)
      return item.number(parameter.number, argument.number.data());
    if (parameter.kind == Parameter::Kind::text) {
      const char* data = nullptr;
      std::size_t size = 0;
      if (!item.text(data, size)) return false;
      if (std::memchr(data, 0, size) != nullptr)
        return refuse(item, "the text has a NUL character, where C's texts end");
      argument.text.assign(data, size);
      argument.pointer = argument.text.data();
      return true;
    }
    if (!item.array(parameter.number, argument.array)) return false;
    if (argument.array.dimensions != parameter.dimensions.size())
      return refuse(item, fmt::format("an array of {} dimensions where {} is wanted",
                                      argument.array.dimensions, parameter.type()));
    for (std::size_t i = 0; i < argument.array.dimensions; ++i)
      if (!set_length(item, parameter.dimensions[i], static_cast<std::int64_t>(argument.array.shape[i])))
        return false;
    argument.pointer =
        const_cast<void*>(argument.array.data);  // as C has it: what is no result is not written to
    if (parameter.role == Parameter::Role::inout) own(argument, parameter, argument.array.data);
    return true;
  }

  bool set_length(abi::Reader& item, const std::string& dimension, std::int64_t length) {
    const bool number = dimension[0] >= '0' && dimension[0] <= '9';
    const auto [known, added] = lengths.try_emplace(dimension, length);
    const std::int64_t wanted = number ? std::atoll(dimension.c_str()) : known->second;
    return wanted == length ||
           refuse(item, fmt::format("length {} where {} is {}", length, number ? "it" : dimension, wanted));
  }

  /// What follows from the rest of the item: lengths, and room for results.
  bool complete(abi::Reader& item, const Parameter& parameter, Argument& argument) {
    if (parameter.is_length)
      return put_integer(argument, parameter.number, lengths.at(parameter.name)) ||
             refuse(item, fmt::format("an array of {} elements, which {} cannot say",
                                      lengths.at(parameter.name), parameter.type()));
    if (parameter.kind != Parameter::Kind::array || parameter.role != Parameter::Role::out) return true;
    for (const auto& dimension : parameter.dimensions) {
      const bool number = dimension[0] >= '0' && dimension[0] <= '9';
      const std::int64_t length = number ? std::atoll(dimension.c_str()) : lengths.at(dimension);
      if (length < 0) return refuse(item, fmt::format("{} is {}, which is no length", dimension, length));
      argument.shape.push_back(static_cast<std::uint64_t>(length));
    }
    const auto size = job::total_size(argument.shape, abi::size_of(parameter.number));
    if (!size || *size > UINT32_MAX)
      return refuse(item, fmt::format("{} would be larger than 4 GiB", parameter.type()));
    argument.array = {parameter.number, nullptr, argument.shape.data(), argument.shape.size()};
    own(argument, parameter, nullptr);
    return true;
  }

  /// Memory of the call's own, with those elements or zeros.
  static void own(Argument& argument, const Parameter& parameter, const void* from) {
    std::size_t size = abi::size_of(parameter.number);
    for (std::size_t i = 0; i < argument.array.dimensions; ++i) size *= argument.array.shape[i];
    argument.own.resize(size);
    if (from != nullptr && size > 0) std::memcpy(argument.own.data(), from, size);
    argument.pointer = argument.own.data();
    argument.array.data = argument.own.data();
  }

  void write_result(abi::Writer& to, const void* result) const {
    const auto& type = *self.function_.result;
    if (type.kind == Parameter::Kind::text) {
      const char* text = nullptr;
      std::memcpy(&text, result, sizeof text);
      return text == nullptr ? to.none() : to.text(text, std::strlen(text));
    }
    to.number(type.number, result);  // little-endian: a whole number's low bytes come first
  }

  const PlainFunction& self;
  std::vector<Argument> arguments;
  std::map<std::string, std::int64_t> lengths;
};

PlainFunction::PlainFunction(job::NativeFunction function, void* address)
    : function_(std::move(function)), address_(address) {
  types_.reserve(function_.parameters.size());  // kernel_ points into it
  for (const auto& parameter : function_.parameters) {
    ffi_types_.push_back(ffi_type_of(parameter));
    if (!parameter.is_given()) continue;
    types_.push_back(parameter.type());
    parameters_.push_back({parameter.name.empty() ? nullptr : parameter.name.c_str(), types_.back().c_str(),
                           parameter.kind == Parameter::Kind::array ? abi::Takes::list : abi::Takes::scalar});
  }
  result_type_ = function_.result ? function_.result->type() : "none";
  ffi_type* result = function_.result ? ffi_type_of(*function_.result) : &ffi_type_void;
  const auto status = ::ffi_prep_cif(&interface_, FFI_DEFAULT_ABI, static_cast<unsigned>(ffi_types_.size()),
                                     result, ffi_types_.data());
  MPROC_CHECK(status == FFI_OK, "libffi cannot call '{}' by its signature", function_.name);
  kernel_ = {
      function_.name.c_str(), result_type_.c_str(), parameters_.data(), parameters_.size(), this, check, run};
}

bool PlainFunction::check(const void* self, abi::Reader& item) {
  return Call(*static_cast<const PlainFunction*>(self)).read(item);
}

abi::Status PlainFunction::run(const void* self, abi::Task&, abi::Reader& item, abi::Writer& result) {
  Call call(*static_cast<const PlainFunction*>(self));
  if (!call.read(item)) return abi::Status::misfit;
  alignas(16) std::array<std::byte, 16> value{};  // at least an ffi_arg
  call.call(value.data());
  call.write(result, value.data());
  return abi::Status::done;
}

}  // namespace mproc::exec
