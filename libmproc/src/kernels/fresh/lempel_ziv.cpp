#include "mproc/kernels/fresh/lempel_ziv.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "equal_bins.hpp"

namespace mproc::kernels::fresh {
namespace {

// The phrases seen, as a tree: a phrase is its beginning, a phrase itself, and one symbol more. A hash table
// from both to the longer phrase.
class Phrases {
 public:
  Phrases(std::size_t most, std::size_t symbols)
      : symbols_(symbols),
        slots_(std::bit_ceil(2 * most + 2)),
        shift_(64 - std::countr_zero(slots_.size())) {}

  std::size_t count() const { return count_; }

  // The number of the phrase that goes on with a symbol, 0 if there was none: now there is. The empty one's
  // is 0.
  std::size_t go_on(std::size_t phrase, std::size_t symbol) {
    const std::uint64_t key = phrase * symbols_ + symbol + 1;
    std::size_t place = (key * 0x9E3779B97F4A7C15u) >> shift_;
    for (; slots_[place].key != 0; place = (place + 1) & (slots_.size() - 1))
      if (slots_[place].key == key) return slots_[place].phrase;
    slots_[place] = {key, ++count_};
    return 0;
  }

 private:
  struct Slot {
    std::uint64_t key = 0;  // 0: free
    std::size_t phrase = 0;
  };
  std::size_t symbols_;
  std::vector<Slot> slots_;
  int shift_;
  std::size_t count_ = 0;
};

}  // namespace

double lempel_ziv_complexity(std::span<const double> values, double minimum, double maximum,
                             std::size_t bins) {
  if (values.empty() || bins == 0) return std::numeric_limits<double>::quiet_NaN();
  const bool differ = std::isfinite(maximum - minimum) && maximum > minimum;
  const EqualBins symbols(minimum, maximum, bins);
  Phrases phrases(values.size(), bins);
  std::size_t phrase = 0;
  for (const double value : values) phrase = phrases.go_on(phrase, differ ? symbols.edges_below(value) : 0);
  return static_cast<double>(phrases.count()) / static_cast<double>(values.size());
}

}  // namespace mproc::kernels::fresh
