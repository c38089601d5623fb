#pragma once

#include <complex>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mproc/base/bytes.hpp"

#include "mproc/job/ndarray.hpp"

namespace mproc::journal {

/// One NumPy element type, and how to read an element of it.
class ElementType {
 public:
  enum class Kind : std::uint8_t { boolean, integer, unsigned_integer, real, complex, text, other };

  /// Of a dtype.str such as "<f8". What cannot be read here (dates, raw bytes) is `other`.
  explicit ElementType(std::string_view dtype);

  Kind kind() const { return kind_; }
  std::uint64_t size() const { return size_; }

  // Each for an element whose kind is that or converts to it without loss of range.
  bool boolean(const std::byte* element) const { return *element != std::byte{}; }
  std::int64_t integer(const std::byte* element) const;
  std::uint64_t unsigned_integer(const std::byte* element) const;
  double real(const std::byte* element) const;
  std::complex<double> complex(const std::byte* element) const;
  std::string text(const std::byte* element) const;

 private:
  std::uint64_t bits(const std::byte* element, std::uint64_t size) const;
  double real_of_size(const std::byte* element, std::uint64_t size) const;

  Kind kind_ = Kind::other;
  bool big_endian_ = false;
  std::uint64_t size_ = 0;
};

/// Throws Misfit for an array of very many rows or texts that no bytes stand for, such as NumPy makes at once
/// with zeros((10**12, 0)): whoever writes it row by row would not end.
void refuse_endless(const job::NdarrayView& array);

}  // namespace mproc::journal
