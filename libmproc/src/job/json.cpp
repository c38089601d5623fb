#include <fmt/format.h>

#include <unordered_set>
#include <vector>

#include "mproc/base/msgpack.hpp"
#include "parse.hpp"

namespace mproc::job {
namespace {

/// A char iterator that tells how far the parser has read.
struct Counting {
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  const char* at;
  const char** read_up_to;
  reference operator*() const { return *at; }
  Counting& operator++() {
    *read_up_to = ++at;
    return *this;
  }
  Counting operator++(int) {
    const Counting before = *this;
    ++*this;
    return before;
  }
  bool operator==(const Counting& other) const { return at == other.at; }
};

/// "[json.exception.parse_error.101] parse error at line 1, column 5: syntax error ..." without its head.
std::string reason(std::string_view message) {
  if (const auto bracket = message.find("] "); bracket != message.npos) message.remove_prefix(bracket + 2);
  if (message.starts_with("parse error")) message.remove_prefix(message.find(": ") + 2);
  return printable(message);
}

/// A list or an object under way. Json searches an object from front to back: thousands of keys are hashed.
struct Open {
  static constexpr std::size_t few = 32;
  Json* value;
  std::unordered_set<std::string> keys;
  /// Whether the key, which comes next, is there before.
  bool has(const std::string& key) {
    if (value->size() < few) return value->contains(key);
    if (keys.empty())
      for (const auto& [earlier, member] : value->get_ref<const Json::object_t&>()) keys.insert(earlier);
    return !keys.insert(key).second;
  }
};

/// Builds the tree from the parser's events, and refuses what Json would take silently.
class Builder : public nlohmann::json_sax<Json> {
 public:
  Builder(std::string_view text, const std::function<std::string(std::size_t)>& place, BigIntegers big)
      : text_(text), read_up_to_(text.data()), place_(place), big_(big) {}

  Json parse() {
    // The parser takes one for the end, and would leave out what follows.
    if (const auto nul = text_.find('\0'); nul != text_.npos)
      throw base::UserError(place_(nul) + ": a NUL character; JSON text has it as \\u0000");
    const Counting first{text_.data(), &read_up_to_}, last{text_.data() + text_.size(), &read_up_to_};
    Json::sax_parse(first, last, this);
    return std::move(root_);
  }

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(value); }
  bool number_unsigned(number_unsigned_t value) override { return put(value); }
  bool number_float(number_float_t value, const string_t& text) override {
    if (text.find_first_of(".eE") != text.npos) return put(value);
    if (big_ == BigIntegers::refuse)
      fail(text.size() + 1, fmt::format("integer {} does not fit 64 bits", text));
    return put(Json::binary({text.begin(), text.end()}, static_cast<std::uint8_t>(base::Ext::bigint)));
  }
  bool string(string_t& value) override { return put(std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Json::object()); }
  bool start_array(std::size_t) override { return open(Json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    if (open_.back().has(name)) fail(name.size() + 2, fmt::format("key '{}' twice", printable(name)));
    key_ = std::move(name);
    return true;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    throw base::UserError(place_(position == 0 ? 0 : position - 1) + ": " + reason(error.what()));
  }

 private:
  [[noreturn]] void fail(std::size_t back, const std::string& problem) const {
    const auto offset = static_cast<std::size_t>(read_up_to_ - text_.data());
    throw base::UserError(place_(offset - std::min(back, offset)) + ": " + problem);
  }
  Json* add(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Json& parent = *open_.back().value;
    if (parent.is_object()) {
      Json::object_t::Container& members = parent.get_ref<Json::object_t&>();  // known to be new: no search
      return &members.emplace_back(std::move(key_), std::move(value)).second;
    }
    parent.push_back(std::move(value));
    return &parent.back();
  }
  bool put(Json value) {
    add(std::move(value));
    return true;
  }
  bool open(Json empty) {
    if (open_.size() >= max_nesting) fail(1, "nested too deeply");
    open_.push_back({add(std::move(empty)), {}});
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  std::string_view text_;
  const char* read_up_to_;
  const std::function<std::string(std::size_t)>& place_;
  BigIntegers big_;
  Json root_;
  std::vector<Open> open_;  // only the last one grows, so the others stay where they are
  std::string key_;
};

}  // namespace

Json parse_json_text(std::string_view text, const std::function<std::string(std::size_t)>& place,
                     BigIntegers big) {
  return Builder(text, place, big).parse();
}

}  // namespace mproc::job
