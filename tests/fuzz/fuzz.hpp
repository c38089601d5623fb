#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "mproc/base/bytes.hpp"
#include "mproc/base/error.hpp"

namespace mproc::fuzz {

/// What libFuzzer gives, taken apart: numbers from its front, 0 where it has ended, and the rest.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(std::as_bytes(std::span(data, size))) {}

  bool empty() const { return rest_.empty(); }
  template <class Number = std::uint8_t>
  Number number() {
    Number number{};
    const base::ByteView bytes = take(sizeof number);
    if (!bytes.empty()) std::memcpy(&number, bytes.data(), bytes.size());
    return number;
  }
  base::ByteView take(std::size_t size) {
    const base::ByteView taken = rest_.first(std::min(size, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  base::ByteView rest() const { return rest_; }
  std::string text() const { return std::string(base::text(rest_)); }

 private:
  base::ByteView rest_;
};

/// The other way round: seeds are written with it.
template <class... Numbers>
std::string seed(std::string_view rest, Numbers... numbers) {
  std::string out;
  (out.append(reinterpret_cast<const char*>(&numbers), sizeof numbers), ...);
  return out.append(rest);
}
template <class... Numbers>
std::string seed(base::ByteView rest, Numbers... numbers) {
  return seed(base::text(rest), numbers...);
}

// Each target defines these two.
/// Asserts what has to hold; whatever leaves it but by returning is a finding.
void attack(Input input);
/// Inputs that reach far, to start from.
std::vector<std::string> seeds();

}  // namespace mproc::fuzz
