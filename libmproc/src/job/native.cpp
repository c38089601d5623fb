#include "mproc/job/native.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <set>

#include "mproc/base/nearest.hpp"

namespace mproc::job {
namespace {

using Kind = NativeParameter::Kind;
using Role = NativeParameter::Role;

constexpr std::array<std::string_view, 11> numbers{"bool", "i8",  "i16", "i32", "i64", "u8",
                                                   "u16",  "u32", "u64", "f32", "f64"};

/// What people write who know C, and what it is here.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> of_c{{{"double", "f64"},
                                                                             {"float", "f32"},
                                                                             {"int", "i32"},
                                                                             {"long", "i64"},
                                                                             {"unsigned", "u32"},
                                                                             {"size_t", "u64"},
                                                                             {"char", "str"},
                                                                             {"void", "none"}}};

bool is_integer(const NativeParameter& parameter) {
  return parameter.kind == Kind::number && parameter.number != abi::Number::boolean &&
         parameter.number != abi::Number::f32 && parameter.number != abi::Number::f64;
}

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  NativeFunction parse() {
    NativeFunction out;
    const std::size_t parenthesis = std::min(text_.find('('), text_.size());
    const std::size_t colon = text_.substr(0, parenthesis).rfind(':');
    if (colon == text_.npos || colon == 0)
      refuse("has no library; write \"LIBRARY:NAME\", or \"LIBRARY:NAME(f64) -> f64\" for a function of C");
    out.library = text_.substr(0, colon);
    at_ = colon + 1;
    out.name = word("the function's name");
    skip_blanks();
    if (at_ == text_.size()) return out;
    out.is_plain = true;
    expect('(', "after the function's name");
    if (!accept(')')) {
      do out.parameters.push_back(parameter());
      while (accept(','));
      expect(')', "after the parameters");
    }
    if (!accept('-') || !accept('>')) refuse("has no result after the parameters; write -> f64, or -> none");
    out.result = result();
    skip_blanks();
    if (at_ != text_.size()) refuse(fmt::format("ends with '{}', which is too much", text_.substr(at_)));
    check(out);
    return out;
  }

 private:
  [[noreturn]] static void refuse(const std::string& why) { throw NativeProblem(why); }

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  bool accept(char c) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::string here() const {
    return at_ == text_.size() ? "it ends there" : fmt::format("there is '{}'", text_.substr(at_, 20));
  }
  void expect(char c, std::string_view where) {
    if (!accept(c)) refuse(fmt::format("wants '{}' {}, and {}", c, where, here()));
  }
  std::string word(std::string_view what) {
    skip_blanks();
    const std::size_t start = at_;
    while (at_ < text_.size() && (is_name_start(text_[at_]) || (at_ > start && is_digit(text_[at_])))) ++at_;
    if (at_ == start) refuse(fmt::format("wants {}, and {}", what, here()));
    return std::string(text_.substr(start, at_ - start));
  }
  /// A number, as it is written.
  std::string number() {
    skip_blanks();
    const std::size_t start = at_;
    while (at_ < text_.size() && (is_digit(text_[at_]) || is_name_start(text_[at_]) || text_[at_] == '.' ||
                                  text_[at_] == '-' || text_[at_] == '+'))
      ++at_;
    return std::string(text_.substr(start, at_ - start));
  }

  NativeParameter of_type(const std::string& type) {
    NativeParameter out;
    const auto* const found = std::find(numbers.begin(), numbers.end(), type);
    if (found != numbers.end()) {
      out.number = static_cast<abi::Number>(found - numbers.begin());
      return out;
    }
    if (type == "str") {
      out.kind = Kind::text;
      return out;
    }
    for (const auto& [c, here] : of_c)
      if (type == c) refuse(fmt::format("has the type '{}' of C; write {}", type, here));
    std::vector<std::string_view> known(numbers.begin(), numbers.end());
    known.insert(known.end(), {"str", "none"});
    refuse(fmt::format("has no type '{}'{}; types are {}", type, base::did_you_mean(type, known),
                       fmt::join(known, ", ")));
  }

  NativeParameter parameter() {
    std::string name, type = word("a parameter's type");
    if (accept(':')) {
      name = std::move(type);
      type = word("the parameter's type");
    }
    Role role = Role::in;
    if (type == "out" || type == "inout") {
      role = type == "out" ? Role::out : Role::inout;
      type = word("the parameter's type");
    }
    NativeParameter out = of_type(type);
    out.name = std::move(name);
    out.role = role;
    if (accept('*')) {
      if (out.kind != Kind::number) refuse("has a pointer to a text; a str is one already");
      out.by_reference = true;
    } else if (accept('[')) {
      if (out.kind != Kind::number) refuse("has an array of texts; arrays are of numbers");
      out.kind = Kind::array;
      do out.dimensions.push_back(dimension());
      while (accept(','));
      expect(']', "after an array's dimensions");
    }
    if (role != Role::in && out.kind != Kind::array && !out.by_reference)
      refuse(fmt::format("has a result '{}' that is passed by value; write {}* or {}[n]", label(out), type,
                         type));
    if (accept('=')) out.constant = constant(out);
    return out;
  }

  std::string dimension() {
    skip_blanks();
    if (at_ == text_.size() || !is_digit(text_[at_])) return word("a dimension's name or number");
    std::string digits = number();
    std::uint64_t value = 0;
    const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || rest != digits.data() + digits.size())
      refuse(fmt::format("has a dimension '{}', which is no whole number", digits));
    return digits;
  }

  std::string constant(const NativeParameter& of) {
    if (of.kind != Kind::number || of.role != Role::in)
      refuse(fmt::format("gives '{}' a constant; only numbers that go in can have one", label(of)));
    std::string text = number();
    bool good = false;
    if (of.number == abi::Number::boolean) {
      good = text == "true" || text == "false";
    } else if (is_integer(of)) {
      std::int64_t value = 0;
      const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      good = error == std::errc() && rest == text.data() + text.size() && fits(value, of.number);
    } else {
      double value = 0;
      const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      good = error == std::errc() && rest == text.data() + text.size() && !text.empty();
    }
    if (!good) refuse(fmt::format("has '{}' where a constant of type {} is wanted", text, of.type()));
    return text;
  }

  std::optional<NativeParameter> result() {
    const std::string type = word("the result's type");
    if (type == "none") return std::nullopt;
    if (accept('*') || accept('['))
      refuse(
          "has a result that is a pointer; a result is a number, str or none, and arrays are out parameters");
    return of_type(type);
  }

  static std::string label(const NativeParameter& parameter) {
    return parameter.name.empty() ? parameter.type() : parameter.name + ": " + parameter.type();
  }

  /// Names, and where lengths come from.
  static void check(NativeFunction& function) {
    std::set<std::string> names, lengths, known;
    std::size_t results = function.result ? 1 : 0;
    for (const auto& parameter : function.parameters) {
      if (!parameter.name.empty() && !names.insert(parameter.name).second)
        refuse(fmt::format("has two parameters '{}'", parameter.name));
      results += parameter.role != Role::in ? 1 : 0;
      if (parameter.kind == Kind::array && parameter.role != Role::out)
        lengths.insert(parameter.dimensions.begin(), parameter.dimensions.end());
    }
    known = lengths;
    for (auto& parameter : function.parameters) {
      if (results > 1 && parameter.role != Role::in && parameter.name.empty())
        refuse("has several results, and one without a name; write name: out f64[n]");
      if (!is_integer(parameter) || parameter.role != Role::in || parameter.name.empty()) continue;
      parameter.is_length = !parameter.constant && lengths.contains(parameter.name);
      known.insert(parameter.name);
    }
    for (const auto& parameter : function.parameters)
      for (const auto& dimension : parameter.dimensions)
        if (!is_digit(dimension[0]) && !known.contains(dimension))
          refuse(
              fmt::format("says not how long '{}' is; add an integer parameter {}: i32, or an array that the "
                          "item gives with this dimension",
                          label(parameter), dimension));
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::string NativeParameter::type() const {
  std::string out = role == Role::out ? "out " : role == Role::inout ? "inout " : "";
  out += kind == Kind::text ? "str" : numbers[static_cast<std::size_t>(number)];
  if (by_reference) out += "*";
  if (kind == Kind::array) out += fmt::format("[{}]", fmt::join(dimensions, ", "));
  return out;
}

bool is_signed(abi::Number number) {
  using abi::Number;
  return number == Number::i8 || number == Number::i16 || number == Number::i32 || number == Number::i64;
}

bool fits(std::int64_t value, abi::Number type) {
  const std::size_t bits = abi::size_of(type) * 8;
  if (!is_signed(type)) return value >= 0 && (bits == 64 || value < std::int64_t{1} << bits);
  const std::int64_t most = std::numeric_limits<std::int64_t>::max() >> (64 - bits);
  return value >= -most - 1 && value <= most;
}

NativeFunction parse_native(std::string_view text) {
  return Parser(text).parse();
}

}  // namespace mproc::job
