#include "mproc/kernels/fresh/template_entropy.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "mproc/kernels/fresh/arithmetic.hpp"

namespace mproc::kernels::fresh {
namespace {

using Word = std::uint64_t;
constexpr std::size_t word_bits = 64;
// A strip of the other templates is so wide that the rows of its sets, one a value, stay in the cache of a
// core.
constexpr std::size_t strip_words = 8;
constexpr std::size_t strip_bits = strip_words * word_bits;

// How many bits of strip_words words are set: the sums of the bytes of all, then of all bytes.
std::uint32_t count_bits(const Word* words) {
  constexpr Word pairs = 0x5555555555555555, nibbles = 0x3333333333333333, bytes = 0x0F0F0F0F0F0F0F0F;
  Word sums = 0;
  for (std::size_t k = 0; k < strip_words; ++k) {
    Word word = words[k];
    word -= (word >> 1) & pairs;
    word = (word & nibbles) + ((word >> 2) & nibbles);
    sums += (word + (word >> 4)) & bytes;
  }
  constexpr Word even = 0x00FF00FF00FF00FF;
  return static_cast<std::uint32_t>((((sums & even) + ((sums >> 8) & even)) * 0x0001000100010001) >> 48);
}

// Lets the templates whose bits are in row go on by a value: the next value's row tells at the next bit.
void narrow(Word* row, const Word* next, std::size_t words) {
  for (std::size_t k = 0; k + 1 < words; ++k) row[k] &= next[k] >> 1 | next[k + 1] << (word_bits - 1);
  row[words - 1] &= next[words - 1] >> 1;
}

// The mean logarithm of shares counts / counts.size(), the largest shares being 1. Logarithms of products,
// before those underflow, are fewer.
double mean_logarithm(std::span<const std::uint32_t> counts) {
  const auto all = static_cast<double>(counts.size());
  double sum = 0, product = 1;
  for (const std::uint32_t count : counts) {
    product *= count / all;
    if (product > 1e-280) continue;
    sum += std::log(product);
    product = 1;
  }
  return (sum + std::log(product)) / all;
}

// How many matches there are besides of each template with itself.
double pairs(std::span<const std::uint32_t> counts) {
  double total = 0;
  for (const std::uint32_t count : counts) total += count;
  return total - static_cast<double>(counts.size());
}

constexpr double no_entropy = std::numeric_limits<double>::quiet_NaN();

}  // namespace

void TemplateMatches::assign(std::span<const double> values) {
  values_ = values;
  finite_ = all_finite(values);
  sorted_.clear();
  if (!finite_) return;
  for (std::size_t i = 0; i < values.size(); ++i) sorted_.push_back({values[i], i});
  std::sort(sorted_.begin(), sorted_.end(), [](const Place& a, const Place& b) { return a.value < b.value; });
}

void TemplateMatches::count(std::size_t m, double tolerance) {
  const std::size_t n = values_.size();
  shorter_.assign(n - m + 1, 0);
  longer_.assign(n - m, 0);
  for (std::size_t begin = 0; begin < n; begin += strip_bits) {
    // Templates that begin in this strip may go on in the next.
    const std::size_t beyond = begin + strip_bits < n ? (m + word_bits - 1) / word_bits : 0;
    words_ = strip_words + beyond;
    mark_near(begin, tolerance);
    for (std::size_t length = 1; length <= m; ++length) {
      if (length == m) add_counts(shorter_);
      for (std::size_t i = 0; i + length < n; ++i) narrow(row(i), row(i + 1), words_);
    }
    add_counts(longer_);
  }
}

// In row(i), the bits of those values from begin on that are near value i. In the order of size they are a
// range that moves along with the value.
void TemplateMatches::mark_near(std::size_t begin, double tolerance) {
  strip_.clear();
  for (const Place& place : sorted_)
    if (place.index >= begin && place.index - begin < words_ * word_bits) strip_.push_back(place);
  near_.resize(values_.size() * words_);
  std::vector<Word> near_now(words_);
  const auto flip = [&](std::size_t index) {
    near_now[(index - begin) / word_bits] ^= Word{1} << (index - begin) % word_bits;
  };
  std::size_t first = 0, end = 0;
  for (const Place& place : sorted_) {
    for (; end < strip_.size() && strip_[end].value - place.value <= tolerance; ++end)
      flip(strip_[end].index);
    for (; first < end && place.value - strip_[first].value > tolerance; ++first) flip(strip_[first].index);
    std::copy(near_now.begin(), near_now.end(), row(place.index));
  }
}

void TemplateMatches::add_counts(std::span<std::uint32_t> counts) {
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += count_bits(row(i));
}

double sample_entropy(TemplateMatches& matches, double deviation) {
  const auto n = static_cast<double>(matches.values().size());
  for (const double value : matches.values())
    if (std::isnan(value)) return no_entropy;
  if (n < 3) return no_entropy;
  // As in tsfresh: no distance is within a NaN, and yet each template's match with itself is taken off.
  if (std::isnan(deviation)) return -std::log((n - 2) / (n - 1));
  matches.count(2, 0.2 * deviation);
  return -std::log(pairs(matches.longer()) / pairs(matches.shorter()));
}

double approximate_entropy(TemplateMatches& matches, double deviation, std::size_t m, double r) {
  if (m == 0 || r < 0) return no_entropy;
  if (matches.values().size() <= m || matches.values().size() - 1 <= m) return 0;
  const double tolerance = r * deviation;
  if (!matches.finite() || !(tolerance >= 0)) return no_entropy;
  matches.count(m, tolerance);
  return std::abs(mean_logarithm(matches.shorter()) - mean_logarithm(matches.longer()));
}

}  // namespace mproc::kernels::fresh
