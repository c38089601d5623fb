#pragma once

#include <cstdint>
#include <string>

#include "array_column.hpp"

namespace mproc::journal {

/// What stands before the elements in an .npy file (format 1.0).
std::string npy_header(const std::string& dtype, const Shape& shape);

/// Elements of one value of that shape.
std::uint64_t element_count(const Shape& shape);

/// "(3, 4)", as Python writes a tuple.
std::string shape_text(const Shape& shape);

}  // namespace mproc::journal
