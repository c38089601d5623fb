#pragma once

#include <cstdint>

namespace mproc::kernels::fresh {

/// Fisher's exact test, two-sided, of the table
///     a b
///     c d
/// : how probable, given its margins, tables are that are at most as probable as this one (R. A. Fisher, The
/// Logic of Inductive Inference, 1935). Probabilities that differ by less than 1e-14 of themselves count as
/// equal, as with SciPy. 1 where a margin is 0. Takes as many steps as the smallest margin has.
double fisher_exact(std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d);

}  // namespace mproc::kernels::fresh
