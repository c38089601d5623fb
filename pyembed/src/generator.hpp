#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "encode.hpp"

namespace mproc::pyembed {

/// Items of a job that a Python generator yields. Needs the GIL.
class Generator {
 public:
  Generator() : encoder_(job::Encoding::neutral) {}
  /// Calls the function without arguments; what it gives must be iterable.
  std::optional<base::Failure> open(py::handle function, const std::string& name);
  /// As exec::Runtime::next_items. Items before a failure are appended.
  std::optional<base::Failure> next(base::Bytes& to, std::vector<std::uint64_t>& ends,
                                    std::uint64_t max_items, std::size_t max_bytes, bool& more);

 private:
  std::optional<base::Failure> append_next(base::Bytes& to, bool& more);

  Encoder encoder_;
  py::object iterator_;
  std::string name_;
  std::uint64_t position_ = 0;
};

}  // namespace mproc::pyembed
