#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>

#include "csv.hpp"
#include "mproc/base/msgpack.hpp"
#include "mproc/job/encode.hpp"

namespace mproc::job {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t';
}

std::string_view without_sign(std::string_view text) {
  return text.starts_with('+') || text.starts_with('-') ? text.substr(1) : text;
}

bool is_integer(std::string_view text) {
  const std::string_view digits = without_sign(text);
  return !digits.empty() && digits.find_first_not_of("0123456789") == digits.npos;
}

std::optional<double> parse_double(std::string_view text) {
  if (text.starts_with('+')) text = without_sign(text).starts_with('-') ? "" : text.substr(1);
  double number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::invalid_argument || rest != text.data() + text.size()) return std::nullopt;
  if (std::isnan(number) && text.ends_with(')')) return std::nullopt;  // "nan(...)" is C's, no one's data
  if (error == std::errc::result_out_of_range) return std::strtod(std::string(text).c_str(), nullptr);
  return number;
}

std::optional<bool> parse_bool(std::string_view text) {
  for (const std::string_view word : {"true", "True", "TRUE"})
    if (text == word) return true;
  for (const std::string_view word : {"false", "False", "FALSE"})
    if (text == word) return false;
  return std::nullopt;
}

/// Post codes and the like: as numbers they would lose their zeros.
bool has_leading_zero(std::string_view text) {
  const std::string_view digits = without_sign(text);
  return digits.size() > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9';
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view name(CellType type) {
  constexpr std::array<std::string_view, 4> names{"bool", "int", "float", "str"};
  return names[static_cast<std::size_t>(type)];
}

void TypeGuess::see(const Cell& cell) {
  const std::string_view text = trimmed(cell.text);
  if (text.empty()) return;
  any_ = true;
  const bool number = !has_leading_zero(text);
  boolean_ = boolean_ && parse_bool(text).has_value();
  integer_ = integer_ && number && is_integer(text);
  floating_ = floating_ && number && parse_double(text).has_value();
}

CellType TypeGuess::type() const {
  if (!any_) return CellType::text;
  return boolean_    ? CellType::boolean
         : integer_  ? CellType::integer
         : floating_ ? CellType::floating
                     : CellType::text;
}

std::optional<std::int64_t> as_integer(const Cell& cell) {
  const std::string_view text = trimmed(cell.text);
  if (!is_integer(text)) return std::nullopt;
  const char* const start = text.data() + (text.starts_with('+') ? 1 : 0);
  std::int64_t number = 0;
  const bool fits = std::from_chars(start, text.data() + text.size(), number).ec == std::errc();
  return fits ? std::optional(number) : std::nullopt;
}

std::optional<double> as_floating(const Cell& cell) {
  return parse_double(trimmed(cell.text));
}

std::optional<bool> as_boolean(const Cell& cell) {
  return parse_bool(trimmed(cell.text));
}

bool is_blank(const Cell& cell) {
  return trimmed(cell.text).empty();
}

bool append_cell(base::Bytes& to, const Cell& cell, CellType type) {
  const std::string_view text = trimmed(cell.text);
  if (type == CellType::text ? cell.text.empty() && !cell.quoted : text.empty()) {
    base::pack_to(to, msgpack::type::nil_t());
    return true;
  }
  if (type == CellType::text) return base::pack_to(to, cell.text), true;
  if (type == CellType::integer) return is_integer(text) ? append_integer(to, text), true : false;
  if (type == CellType::floating) {
    const auto number = parse_double(text);
    return number ? append_double(to, *number), true : false;
  }
  const auto truth = parse_bool(text);
  return truth ? base::pack_to(to, *truth), true : false;
}

}  // namespace mproc::job
