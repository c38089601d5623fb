#include "mproc/job/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace mproc::job {
namespace {

using std::chrono::milliseconds;

constexpr double longest_ms = 100.0 * 366 * 86'400'000;

/// Takes a number without sign or exponent off the front.
std::optional<double> take_number(std::string_view& text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
  double number = 0;
  const auto [rest, error] =
      std::from_chars(text.data(), text.data() + digits, number, std::chars_format::fixed);
  if (digits == 0 || text[0] == '.' || error != std::errc() || rest != text.data() + digits)
    return std::nullopt;
  text.remove_prefix(digits);
  return number;
}

constexpr std::array<std::pair<std::string_view, double>, 5> units{
    {{"ms", 1}, {"s", 1e3}, {"m", 6e4}, {"h", 3.6e6}, {"d", 8.64e7}}};

std::optional<double> milliseconds_of(std::string_view unit) {
  for (const auto& [name, value] : units)
    if (name == unit) return value;
  return std::nullopt;
}

std::optional<milliseconds> whole_milliseconds(double ms) {
  if (!(ms <= longest_ms)) return std::nullopt;
  return milliseconds(std::llround(ms));
}

/// "08:00:00" and "1-08:00:00".
std::optional<milliseconds> clock_duration(std::string_view text) {
  double seconds = 0;
  if (const std::size_t dash = text.find('-'); dash != std::string_view::npos) {
    std::string_view days = text.substr(0, dash);
    const auto count = take_number(days);
    if (!count || !days.empty()) return std::nullopt;
    seconds = *count * 86'400;
    text.remove_prefix(dash + 1);
  }
  for (const double unit : {3600.0, 60.0, 1.0}) {
    const auto part = take_number(text);
    if (!part || (unit < 3600 && *part >= 60)) return std::nullopt;
    seconds += *part * unit;
    if (unit == 1) break;
    if (!text.starts_with(':')) return std::nullopt;
    text.remove_prefix(1);
  }
  return text.empty() ? whole_milliseconds(seconds * 1e3) : std::nullopt;
}

constexpr std::array<std::pair<std::string_view, double>, 9> size_units{{{"B", 1},
                                                                         {"KiB", 0x1p10},
                                                                         {"MiB", 0x1p20},
                                                                         {"GiB", 0x1p30},
                                                                         {"TiB", 0x1p40},
                                                                         {"KB", 1e3},
                                                                         {"MB", 1e6},
                                                                         {"GB", 1e9},
                                                                         {"TB", 1e12}}};

}  // namespace

std::optional<milliseconds> parse_duration(std::string_view text) {
  if (text.find(':') != std::string_view::npos) return clock_duration(text);
  if (text.empty()) return std::nullopt;
  double ms = 0;
  while (!text.empty()) {
    const auto number = take_number(text);
    const std::size_t letters = std::min(text.find_first_of("0123456789."), text.size());
    const auto unit = milliseconds_of(text.substr(0, letters));
    if (!number || !unit) return std::nullopt;
    ms += *number * *unit;
    text.remove_prefix(letters);
  }
  return whole_milliseconds(ms);
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const auto number = take_number(text);
  if (text.starts_with(' ')) text.remove_prefix(1);
  const auto unit = std::ranges::find(size_units, text, &decltype(size_units)::value_type::first);
  if (!number || unit == size_units.end() || !(*number * unit->second <= 0x1p60)) return std::nullopt;
  return static_cast<std::uint64_t>(std::llround(*number * unit->second));
}

std::string size_text(std::uint64_t bytes) {
  std::size_t unit = 0;
  auto number = static_cast<double>(bytes);
  for (; number >= 1024 && unit < 4; ++unit) number /= 1024;
  return fmt::format("{:.4g} {}", number, size_units[unit].first);
}

}  // namespace mproc::job
