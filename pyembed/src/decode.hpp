#pragma once

#include <memory>
#include <utility>

#include "mproc/base/bytes.hpp"
#include "python.hpp"

namespace mproc::pyembed {

/// Turns consecutive msgpack values into Python objects in one pass. Needs the GIL; `bytes` must outlive it.
/// Arrays become lists, maps dicts, Ext::ndarray a writable NumPy array, Ext::datetime a datetime or date.
class Decoder {
 public:
  /// `memory`: where `bytes` are, if they may be kept and written to: large arrays are views of it then.
  explicit Decoder(base::ByteView bytes, std::shared_ptr<std::byte> memory = {})
      : at_(bytes.data()), end_(bytes.data() + bytes.size()), memory_(std::move(memory)) {}
  /// The next value. Throws DecodeError for damaged bytes and for pickles, which items may not hold, and
  /// py::error_already_set for a Python error.
  py::object next() { return value(0); }
  /// Passes over the next value.
  void skip();

 private:
  py::object value(unsigned depth);
  py::object wide(unsigned tag, unsigned depth);
  py::object string(std::size_t size);
  py::object array(std::size_t size, unsigned depth);
  py::object map(std::size_t size, unsigned depth);
  py::object extension(std::size_t size);
  const std::byte* take(std::size_t size);
  template <class T>
  T big_endian();

  const std::byte* at_;
  const std::byte* end_;
  std::shared_ptr<std::byte> memory_;
};

}  // namespace mproc::pyembed
