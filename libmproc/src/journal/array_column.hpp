#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "elements.hpp"
#include "mproc/base/bytes.hpp"
#include "mproc/job/ndarray.hpp"
#include "token.hpp"

namespace mproc::journal {

using Shape = std::vector<std::uint64_t>;

/// The one NumPy element type that values share: learned from all of them, then each is written as that.
/// Arrays of one and the same dtype keep it; else booleans give way to integers, those to floats, those to
/// complex numbers, as in NumPy. Text stands alone.
class ArrayColumn {
 public:
  /// Takes one value into account and gives its shape. Throws Misfit for what is no number, boolean or text,
  /// or an array or nested list of one of them.
  Shape learn(base::ByteView value);

  /// Settles the type once all values are known: later calls of learn() are too late. Throws Misfit for a
  /// mix.
  void settle();

  const std::string& dtype() const { return dtype_; }
  std::uint64_t itemsize() const { return target_->size(); }
  bool has_nan() const;

  /// Appends the value's elements, C order.
  void write(std::string& to, base::ByteView value) const;
  /// Appends what stands for a missing element: NaN, or zero, false or empty text where there is none.
  void write_missing(std::string& to) const;

 private:
  struct Seen {
    bool boolean = false, integer = false, negative = false, unsigned_integer = false;
    bool real = false, complex = false, text = false, other = false;
    bool number() const { return boolean || integer || unsigned_integer || real || complex; }
  };

  void learn_at(base::ByteView from, std::size_t& offset, std::size_t depth, Shape& shape, bool& complete);
  void learn_list(const Token& list, base::ByteView from, std::size_t& offset, std::size_t depth,
                  Shape& shape, bool& complete);
  void learn_scalar(const Token& token);
  void learn_array(const job::NdarrayView& array);
  std::string common_dtype() const;

  void write_at(std::string& to, base::ByteView from, std::size_t& offset) const;
  void write_array(std::string& to, const job::NdarrayView& array) const;
  void write_scalar(std::string& to, const Token& token) const;
  void write_element(std::string& to, const ElementType& type, const std::byte* element) const;
  void write_text(std::string& to, std::string_view text) const;

  Seen seen_;
  std::uint64_t text_length_ = 0;
  std::optional<std::string> exact_;  // the dtype of all values so far, while they are arrays of one dtype
  bool any_ = false;
  std::string dtype_;
  std::optional<ElementType> target_;
};

}  // namespace mproc::journal
