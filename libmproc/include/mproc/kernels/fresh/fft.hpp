#pragma once

#include <complex>
#include <span>
#include <vector>

namespace mproc::kernels::fresh {

// The discrete Fourier transform X[k] = sum_j x[j] exp(-2 pi i jk / n) of real values, lines 0 to n/2; none
// for no values. Any length takes O(n log n): mixed radices (Eigen's kissfft), and for large prime factors
// Bluestein's chirp transform (L. Bluestein, IEEE Trans. Audio Electroacoust. 18, 1970), a convolution over a
// power of two. Beyond 2^28 values, where Eigen's int would overflow, all lines are NaN. Twiddle factors are
// kept for the thread's latest lengths, at most about 64 MiB of them unless one length needs more.
void real_fft(std::span<const double> values, std::vector<std::complex<double>>& spectrum);

}  // namespace mproc::kernels::fresh
