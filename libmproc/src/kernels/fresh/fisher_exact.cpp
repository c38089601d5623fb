#include "mproc/kernels/fresh/fisher_exact.hpp"

namespace mproc::kernels::fresh {
namespace {

// Probabilities of tables as multiples of the observed one's. Each comes from its neighbour's; long doubles
// keep the rounding of thousands of steps below that of a double.
struct TableWeights {
  long double as_improbable = 1;  // the observed one included
  long double more_probable = 0;

  void add(long double weight) { (weight <= 1 + 1e-14L ? as_improbable : more_probable) += weight; }
};

// The tables with more in `a` and `d`, and as much less in `b` and `c`.
void add_tables(TableWeights& weights, std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d) {
  long double weight = 1;
  for (; b > 0 && c > 0; --b, --c) {
    weight *= static_cast<long double>(b) * static_cast<long double>(c);
    weight /= static_cast<long double>(++a) * static_cast<long double>(++d);
    weights.add(weight);
  }
}

}  // namespace

double fisher_exact(std::uint64_t a, std::uint64_t b, std::uint64_t c, std::uint64_t d) {
  TableWeights weights;
  add_tables(weights, a, b, c, d);
  add_tables(weights, b, a, d, c);
  return static_cast<double>(weights.as_improbable / (weights.as_improbable + weights.more_probable));
}

}  // namespace mproc::kernels::fresh
