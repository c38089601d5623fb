#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mproc/abi.hpp"
#include "mproc/base/error.hpp"

namespace mproc::job {

/// What a C function takes at one place.
struct NativeParameter {
  enum class Kind : std::uint8_t { number, text, array };
  enum class Role : std::uint8_t { in, out, inout };
  Kind kind = Kind::number;
  Role role = Role::in;
  abi::Number number = abi::Number::f64;  ///< of an array: its elements'
  bool by_reference = false;              ///< number: a pointer to it, as in Fortran
  std::string name;                       ///< or empty
  std::vector<std::string> dimensions;    ///< array: each a number, or a name that stands for one
  std::optional<std::string> constant;    ///< number: its value, always; else the item gives it
  bool is_length = false;                 ///< number: the length of an array that the item gives
  std::string type() const;               ///< "f64[n]"
  /// Whether the item (or args) gives it.
  bool is_given() const { return role != Role::out && !constant && !is_length; }
};

/// task.native: "LIBRARY:NAME" is a kernel that the library registers, "LIBRARY:NAME(PARAMETERS) -> RESULT"
/// any function in it, by its C signature:
///
///     parameter = [name ":"] ["out" | "inout"] type ["*" | "[" dimension {"," dimension} "]"] ["=" number]
///     type      = bool, i8, i16, i32, i64, u8, u16, u32, u64, f32, f64, str; result also: none
///
/// An integer parameter whose name is a dimension of an array that the item gives is not given by the item:
/// it is that array's length.
struct NativeFunction {
  std::string library, name;
  bool is_plain = false;  ///< has a signature; the rest is of one
  std::vector<NativeParameter> parameters;
  std::optional<NativeParameter> result;  ///< nothing: none
};

/// What is wrong with such a text: "has no result ...".
class NativeProblem : public base::UserError {
  using UserError::UserError;
};

bool is_signed(abi::Number number);
/// Whether an integer of that type, of at most 64 bits, has such a value.
bool fits(std::int64_t value, abi::Number type);

/// Throws NativeProblem.
NativeFunction parse_native(std::string_view text);

}  // namespace mproc::job
