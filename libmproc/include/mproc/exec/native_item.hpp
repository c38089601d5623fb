#pragma once

#include <array>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mproc/abi.hpp"
#include "mproc/base/value_reader.hpp"
#include "mproc/job/kernel.hpp"

namespace mproc::exec {

/// A value, or how one begins: a list's or a map's elements follow.
struct Token {
  enum class Kind : std::uint8_t { none, boolean, integer, natural, real, text, bytes, list, map, extension };
  Kind kind = Kind::none;
  base::Ext extension{};
  union {
    bool boolean;
    std::int64_t integer = 0;
    std::uint64_t natural;
    double real;
    std::size_t count;
  };
  std::string_view bytes;  // text, bytes, extension
  Token() = default;
  explicit Token(Kind of) : kind(of) {}
  /// "text", "a list of 3 values": for messages.
  std::string describe() const;
};

/// Makes tokens of the values that a ValueReader reads.
class TokenBuild {
 public:
  using Object = Token;
  Token nil() { return {}; }
  Token boolean(bool value) {
    Token token{Token::Kind::boolean};
    token.boolean = value;
    return token;
  }
  Token integer(std::int64_t value) {
    Token token{Token::Kind::integer};
    token.integer = value;
    return token;
  }
  Token natural(std::uint64_t value) {
    Token token{Token::Kind::natural};
    token.natural = value;
    return token;
  }
  Token real(double value) {
    Token token{Token::Kind::real};
    token.real = value;
    return token;
  }
  Token string(std::string_view text);
  Token binary(std::string_view bytes);
  template <class Next>
  Token list(std::size_t count, Next) {
    return counted(Token::Kind::list, count);
  }
  template <class Next>
  Token map(std::size_t count, Next) {
    return counted(Token::Kind::map, count);
  }
  Token extension(base::Ext type, base::ByteView body);

 private:
  static Token counted(Token::Kind kind, std::size_t count);
};

/// Items as a native kernel's parameters. One kernel has one of it, for all its items.
class NativeItem final : public abi::Reader {
 public:
  /// `args`: msgpack map of what items do not give; may be empty. `call`: star and arguments, when lists and
  /// maps are several arguments whatever the kernel takes. Throws DecodeError.
  NativeItem(const abi::Kernel& kernel, const std::string& args, job::Call call);
  NativeItem(const NativeItem&) = delete;
  NativeItem& operator=(const NativeItem&) = delete;

  /// Reads the item that `items` begin with: its size. What was read of the one before is gone. Throws
  /// DecodeError.
  std::size_t start(base::ByteView items);
  /// What is wrong with the item: of which parameter.
  std::string problem() const;

  bool parameter(std::size_t index) override;
  bool none() override;
  bool number(abi::Number type, void* to) override;
  bool text(const char*& data, std::size_t& size) override;
  bool bytes(const char*& data, std::size_t& size) override;
  bool numbers(abi::Number type, const void*& data, std::size_t& count) override;
  bool array(abi::Number type, abi::Array& to) override;
  bool list(std::size_t& count) override;
  bool map(std::size_t& count) override;
  bool skip() override;
  void refuse(const char* text, std::size_t size) override;

 private:
  using Values = base::ValueReader<TokenBuild>;
  struct Place {                    // of a parameter's value
    base::ByteView in = {};         // msgpack; empty: an element of elements_
    const std::byte* at = nullptr;  // null: nothing gives it
  };

  bool takes_whole(abi::Takes kind) const;
  void* allocate(std::size_t bytes, std::size_t alignment);
  bool place(std::string_view name, Place at);
  void place_map(base::ByteView items, Values& values, std::size_t count);
  void place_list(base::ByteView items, Values& values, std::size_t count);
  void place_elements(const Token& array);
  Token next();
  bool refuse(std::string why);
  bool misfit(const Token& token, std::string_view wanted);
  bool store(const Token& token, abi::Number type, void* to);
  bool list_of_numbers(std::size_t count, abi::Number type, abi::Array& to);
  bool ndarray(const Token& token, abi::Number type, abi::Array& to);

  const abi::Kernel& kernel_;
  const bool spread_;
  std::string args_;
  std::vector<Place> args_places_, places_;  // by parameter
  std::size_t guess_ = 0;                    // which parameter comes next
  abi::Array elements_;                      // the item's, where they are parameters
  TokenBuild build_;
  Values values_{base::ByteView{}};
  const std::byte* element_ = nullptr;  // in place of values_
  Token whole_;                         // the item, where it is one value and no more
  bool is_whole_ = false, next_is_whole_ = false;
  std::optional<std::size_t> reading_;  // parameter
  std::string problem_;
  std::array<std::byte, 4096> first_memory_;
  std::pmr::monotonic_buffer_resource memory_{first_memory_.data(), first_memory_.size()};  // of this item
  bool memory_is_used_ = false;
};

/// "f64".
std::string_view name(abi::Number type);

/// The type of a NumPy dtype.str in this machine's byte order, or nothing: another type.
std::optional<abi::Number> number_of_dtype(std::string_view dtype);
std::string_view dtype_of(abi::Number type);

}  // namespace mproc::exec
