#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "mproc/base/bytes.hpp"
#include "token.hpp"

namespace mproc::journal {

/// Appends the opcodes of a pickle, protocol 5, without a Python. Values that came as pickles stay what they
/// are: the stream holds them as bytes and calls _pickle.loads on them when it is loaded itself.
class PickleStream {
 public:
  explicit PickleStream(std::string& to) : to_(&to) {}

  void start();
  void stop();
  void start_list();
  /// Elements of the list so far are put in it, and more may follow.
  void next_batch();
  void end_list();
  void start_dict();
  void end_dict();

  void none();
  void integer(std::int64_t value);
  void text(std::string_view text);
  /// Text that comes again and again, such as column names: kept in the unpickler's memo.
  void name(const std::string& text);
  /// A msgpack value. Throws DecodeError.
  void value(base::ByteView value);

 private:
  void value_at(base::ByteView from, std::size_t& offset, unsigned depth);
  void extension(const Token& token);
  void unsigned_integer(std::uint64_t value);
  void big_integer(std::string_view decimal);
  void real(double value);
  void bytes(base::ByteView bytes);
  void ndarray(base::ByteView body);
  void global(const char* module_and_name);

  void op(char code) { to_->push_back(code); }
  void number(std::uint64_t value, int size);
  bool recall(const std::string& key);
  void remember(const std::string& key);

  std::string* to_;
  std::unordered_map<std::string, std::uint32_t> memo_;
};

}  // namespace mproc::journal
