#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace mproc::kernels::crossval {

/// Positions of ascending values, as numpy.argsort gives them without SIMD (NumPy before 1.25, and machines
/// without AVX2): equal values in the order that its introsort leaves them in
/// (numpy/core/src/npysort/quicksort.cpp).
std::vector<std::uint32_t> numpy_argsort(std::span<const std::uint64_t> values);

}  // namespace mproc::kernels::crossval
