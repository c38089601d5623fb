#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <sstream>
#include <toml.hpp>

#include "parse.hpp"

namespace mproc::job {
namespace {

/// A table that keeps the order of its keys. (nlohmann's map alone cannot be assigned, its keys being const.)
template <class Key, class T>
struct OrderedTable : nlohmann::ordered_map<Key, T> {
  using Base = nlohmann::ordered_map<Key, T>;
  using Base::Base;
  OrderedTable() = default;
  OrderedTable(const OrderedTable&) = default;
  OrderedTable(OrderedTable&&) noexcept = default;
  OrderedTable& operator=(OrderedTable other) noexcept {
    Base::Container::swap(other);
    return *this;
  }
};

using TomlValue = toml::basic_value<toml::discard_comments, OrderedTable, std::vector>;

// The library finds a line by counting from the start of the file: long lists and texts would take quadratic
// time.
constexpr std::size_t longest_placed_list = 64, longest_placed_text = std::size_t{1} << 20;

/// Steps back over blanks.
std::size_t before_blanks(std::string_view line, std::size_t end) {
  while (end > 0 && (line[end - 1] == ' ' || line[end - 1] == '\t')) --end;
  return end;
}

/// Where the key that ends at `end` begins: parts bare or quoted, joined by dots.
std::size_t key_start(std::string_view line, std::size_t end) {
  const auto bare = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.';
  };
  while (end > 0) {
    const char last = line[end - 1];
    if (last == '"' || last == '\'') {
      const auto quote = end >= 2 ? line.rfind(last, end - 2) : line.npos;
      if (quote == line.npos) return end;
      end = quote;
    } else if (bare(last)) {
      --end;
    } else {
      const std::size_t gap = before_blanks(line, end);
      const bool beside_dot = gap > 0 && (line[gap - 1] == '.' || (end < line.size() && line[end] == '.'));
      if (gap == end || !beside_dot) return end;
      end = gap;
    }
  }
  return end;
}

/// The library places a member at its value; its key reads better. They are on one line.
Place key_place(const toml::source_location& value) {
  const Place place{value.line(), value.column()};
  const std::string_view line = value.line_str();
  std::size_t end = before_blanks(line, std::min<std::size_t>(value.column() - 1, line.size()));
  if (end == 0 || line[end - 1] != '=') return place;
  end = before_blanks(line, end - 1);
  const std::size_t start = key_start(line, end);
  return start == end ? place : Place{value.line(), start + 1};
}

template <class Date>
std::string iso(const Date& date) {
  std::ostringstream out;
  out << date;
  return out.str();
}

class Converter {
 public:
  Converter(const std::string& name, std::map<std::string, Place>& places) : name_(name), places_(places) {}

  Json convert(const TomlValue& value, const std::string& pointer, bool placed) const {
    switch (value.type()) {
      case toml::value_t::table:
        return table(value, pointer, placed);
      case toml::value_t::array:
        return list(value, pointer, placed);
      case toml::value_t::boolean:
        return value.as_boolean();
      case toml::value_t::integer:
        return integer(value);
      case toml::value_t::floating:
        return floating(value);
      case toml::value_t::string:
        return value.as_string().str;
      case toml::value_t::offset_datetime:
        return iso(value.as_offset_datetime());
      case toml::value_t::local_datetime:
        return iso(value.as_local_datetime());
      case toml::value_t::local_date:
        return iso(value.as_local_date());
      case toml::value_t::local_time:
        return iso(value.as_local_time());
      case toml::value_t::empty:
        break;
    }
    return nullptr;
  }

 private:
  Json table(const TomlValue& value, const std::string& pointer, bool placed) const {
    Json out = Json::object();
    for (const auto& [key, member] : value.as_table()) {
      const std::string inner = placed ? below(pointer, key) : std::string();
      if (placed) places_[inner] = key_place(member.location());
      out[key] = convert(member, inner, placed);
    }
    return out;
  }

  Json list(const TomlValue& value, const std::string& pointer, bool placed) const {
    Json out = Json::array();
    placed = placed && value.as_array().size() <= longest_placed_list;
    for (const TomlValue& element : value.as_array()) {
      const std::string inner = placed ? below(pointer, std::to_string(out.size())) : std::string();
      if (placed) places_[inner] = {element.location().line(), element.location().column()};
      out.push_back(convert(element, inner, placed));
    }
    return out;
  }

  // The library gives the nearest number for one that does not fit.
  Json integer(const TomlValue& value) const {
    const std::int64_t number = value.as_integer();
    if (number != std::numeric_limits<std::int64_t>::max() &&
        number != std::numeric_limits<std::int64_t>::min())
      return number;
    const std::string text = token(value);
    const bool prefixed =
        text.size() > 2 && text[0] == '0' && !std::isdigit(static_cast<unsigned char>(text[1]));
    const int radix = !prefixed ? 10 : text[1] == 'x' ? 16 : text[1] == 'o' ? 8 : 2;
    const std::size_t head = prefixed ? 2 : text.starts_with('+') ? 1 : 0;
    std::int64_t again = 0;
    const auto error = std::from_chars(text.data() + head, text.data() + text.size(), again, radix).ec;
    if (error == std::errc()) return number;
    refuse(value, fmt::format("integer {} does not fit 64 bits", printable(text)));
  }

  Json floating(const TomlValue& value) const {
    const double number = value.as_floating();
    if (std::abs(number) < std::numeric_limits<double>::max() || std::isnan(number)) return number;
    const std::string text = token(value);
    const std::size_t head = text.starts_with('+') ? 1 : 0;
    double again = 0;
    const auto error = std::from_chars(text.data() + head, text.data() + text.size(), again).ec;
    if (error == std::errc()) return again;
    refuse(value, fmt::format("number {} does not fit a double", printable(text)));
  }

  static std::string token(const TomlValue& value) {
    const toml::source_location at = value.location();
    std::string text =
        at.line_str().substr(std::min<std::size_t>(at.column() - 1, at.line_str().size()), at.region());
    std::erase(text, '_');
    return text;
  }

  [[noreturn]] void refuse(const TomlValue& value, const std::string& problem) const {
    const toml::source_location at = value.location();
    throw base::UserError(fmt::format("{}:{}:{}: {}", name_, at.line(), at.column(), problem));
  }

  const std::string& name_;
  std::map<std::string, Place>& places_;
};

}  // namespace

ParsedToml parse_toml_text(const std::string& text, const std::string& name) {
  check_toml_text(text, name);
  ParsedToml out;
  try {
    std::istringstream in(text);
    const TomlValue root = toml::parse<toml::discard_comments, OrderedTable, std::vector>(in, name);
    out.tree = Converter(name, out.places).convert(root, "", text.size() <= longest_placed_text);
  } catch (const toml::exception& e) {
    throw base::UserError(toml_error_line(e.what(), {e.location().line(), e.location().column()}, name));
  } catch (const base::UserError&) {
    throw;
  } catch (const std::exception& e) {
    throw base::UserError(fmt::format("{}: is not TOML: {}", name, printable(e.what())));
  }
  return out;
}

}  // namespace mproc::job
