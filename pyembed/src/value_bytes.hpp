#pragma once

#include <vector>

#include "mproc/base/outcome.hpp"
#include "mproc/base/shared_bytes.hpp"
#include "python.hpp"

namespace mproc::pyembed {

/// Where values are encoded to: bytes, and, where that is wanted, references to large objects' own memory in
/// place of copies. Needs the GIL, also when the references go.
class ValueBytes {
 public:
  ValueBytes() = default;
  /// `outside` may be null.
  ValueBytes(base::Bytes& bytes, std::vector<base::OutsideBytes>* outside)
      : bytes_(&bytes), outside_(outside) {}
  base::Bytes& bytes() { return *bytes_; }
  /// Size of all that is outside so far.
  std::uint64_t outside_size() const {
    std::uint64_t size = 0;
    if (outside_ != nullptr)
      for (const auto& part : *outside_) size += part.bytes.size();
    return size;
  }
  /// Appends memory of `owner`'s, which does not change before the outcome is delivered.
  void append(const void* data, std::size_t size, py::handle owner) {
    if (outside_ == nullptr || size < base::shared_from) return base::append(*bytes_, data, size);
    const std::shared_ptr<const void> kept(owner.inc_ref().ptr(), [](PyObject* o) { Py_DECREF(o); });
    outside_->push_back({bytes_->size(), {static_cast<const std::byte*>(data), size}, kept});
  }
  /// A point to go back to.
  struct Mark {
    std::size_t bytes = 0, outside = 0;
  };
  Mark mark() const { return {bytes_->size(), outside_ != nullptr ? outside_->size() : 0}; }
  void go_back(const Mark& mark) {
    bytes_->resize(mark.bytes);
    if (outside_ != nullptr) outside_->resize(mark.outside);
  }

 private:
  base::Bytes* bytes_ = nullptr;
  std::vector<base::OutsideBytes>* outside_ = nullptr;
};

}  // namespace mproc::pyembed
