#include "mproc/kernels/crossval/random.hpp"

namespace mproc::kernels::crossval {
namespace {

__extension__ using Product = unsigned __int128;

Product product(std::uint64_t a, std::uint64_t b) {
  return static_cast<Product>(a) * b;
}

std::mt19937_64 seeded_engine(std::uint64_t seed, Random::Purpose purpose, std::uint64_t number) {
  std::seed_seq sequence{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32),
                         static_cast<std::uint32_t>(purpose), static_cast<std::uint32_t>(number),
                         static_cast<std::uint32_t>(number >> 32)};
  return std::mt19937_64(sequence);
}

}  // namespace

Random::Random(std::uint64_t seed, Purpose purpose, std::uint64_t number)
    : engine_(seeded_engine(seed, purpose, number)) {}

std::uint64_t Random::below(std::uint64_t n) {
  Product wide = product(word(), n);
  if (static_cast<std::uint64_t>(wide) < n) {
    // 2^64 mod n of the low halves would make some results likelier than others.
    const std::uint64_t surplus = (0 - n) % n;
    while (static_cast<std::uint64_t>(wide) < surplus) wide = product(word(), n);
  }
  return static_cast<std::uint64_t>(wide >> 64);
}

std::uint64_t fraction_of(std::uint64_t a, std::uint64_t b) {
  return static_cast<std::uint64_t>(product(a, b) >> 64);
}

}  // namespace mproc::kernels::crossval
