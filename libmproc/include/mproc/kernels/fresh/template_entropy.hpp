#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace mproc::kernels::fresh {

// Which stretches (templates) of a series are alike. The work that all tolerances share is done by assign();
// then one tolerance takes n^2 / 64 steps for each value more in a template: for every value a set of bits
// says which values are near, and templates are alike where such sets, shifted against each other, agree.
class TemplateMatches {
 public:
  // Values have to live as long as this is used.
  void assign(std::span<const double> values);

  std::span<const double> values() const { return values_; }
  // Whether all values are finite. Without that nothing can be counted.
  bool finite() const { return finite_; }

  // For each template x[i], ..., x[i + m - 1], and each of m + 1 values: with how many templates of its
  // length, itself included, it has |x[i + k] - x[j + k]| <= tolerance for all k. n - m + 1 and n - m counts;
  // m from 1 to n - 1, tolerance not negative.
  void count(std::size_t m, double tolerance);
  std::span<const std::uint32_t> shorter() const { return shorter_; }
  std::span<const std::uint32_t> longer() const { return longer_; }

 private:
  struct Place {
    double value;
    std::size_t index;
  };

  std::uint64_t* row(std::size_t i) { return near_.data() + i * words_; }
  void mark_near(std::size_t begin, double tolerance);
  void add_counts(std::span<std::uint32_t> counts);

  std::span<const double> values_;
  bool finite_ = false;
  std::vector<Place> sorted_, strip_;
  std::vector<std::uint64_t> near_;
  std::size_t words_ = 0;  // of a row
  std::vector<std::uint32_t> shorter_, longer_;
};

// -ln(A / B): of the pairs of different templates of two values that are alike within 0.2 deviation, B, those
// that stay alike with a third value, A (J. S. Richman, J. R. Moorman, Am. J. Physiol. 278, 2000), but over
// all n - 1 templates of two. Infinite where none stay alike; NaN where none are, and where a value is NaN.
double sample_entropy(TemplateMatches& matches, double deviation);

// |phi(m) - phi(m + 1)|, phi(m) the mean over templates of m values of the logarithm of the share of
// templates that are alike within r deviation, itself included (S. M. Pincus, PNAS 88, 1991). 0 for up to m +
// 1 values; NaN where a value is not finite, for a negative tolerance and for m = 0.
double approximate_entropy(TemplateMatches& matches, double deviation, std::size_t m, double r);

}  // namespace mproc::kernels::fresh
