#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace mproc::kernels::crossval {

/// Random numbers that are the same on any machine and with any standard library: std::mt19937_64, whose
/// numbers the standard fixes, and draws of our own (those of <random> and std::shuffle are each library's
/// own).
class Random {
 public:
  /// What numbers are for: with the same seed, each has others.
  enum class Purpose : std::uint32_t { splits, candidates, sobol, subsamples };

  /// Seeded as a task's own generator is (mproc/kernel.hpp), with the purpose in place of the stage: by
  /// std::seed_seq of the seed's low and high 32 bits, the purpose, and the number's low and high 32 bits.
  Random(std::uint64_t seed, Purpose purpose, std::uint64_t number);

  /// 64 random bits.
  std::uint64_t word() { return engine_(); }

  /// One of 0 ... n - 1, each equally likely; n is not 0. Lemire, "Fast random integer generation in an
  /// interval", ACM TOMACS 29 (2019).
  std::uint64_t below(std::uint64_t n);

  /// Every order equally likely (Fisher and Yates, from the end).
  template <class T>
  void shuffle(std::vector<T>& values) {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
  }

 private:
  std::mt19937_64 engine_;
};

/// The upper 64 bits of a·b: the fraction a/2^64 of b.
std::uint64_t fraction_of(std::uint64_t a, std::uint64_t b);

}  // namespace mproc::kernels::crossval
