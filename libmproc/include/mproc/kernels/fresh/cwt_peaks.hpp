#pragma once

#include <cstddef>
#include <span>

namespace mproc::kernels::fresh {

// How many peaks show at several scales (P. Du, W. A. Kibbe, S. M. Lin, Bioinformatics 22, 2006), as SciPy's
// find_peaks_cwt finds them, for each n of largest: the series is convolved with Ricker wavelets of widths 1
// to n, each over min(10 width, length) points; local maxima of one width are joined to those of the next
// larger one within a quarter of the width, over at most one width without, into ridges. A ridge counts if it
// joins n / 4 maxima or more, and at its last maximum the transform is not below the noise: the 10th
// percentile, at width 1, of the twentieth of the series around. NaN for n = 0. Ascending n share their work;
// one result for each.
void number_cwt_peaks(std::span<const double> values, std::span<const std::size_t> largest,
                      std::span<double> peaks);

}  // namespace mproc::kernels::fresh
