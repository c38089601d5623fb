#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "folds.hpp"
#include "mproc/base/error.hpp"
#include "mproc/kernels/fresh/arithmetic.hpp"
#include "numpy_order.hpp"

namespace mproc::kernels::crossval {
namespace {

Coded coded_groups(const SplitSpec& spec, std::span<const std::int64_t> groups) {
  Coded coding = coded(groups);
  MPROC_CHECK(coding.count.size() >= spec.k, "k = {} folds of {} groups; set k to {} or less", spec.k,
              coding.count.size(), coding.count.size());
  return coding;
}

/// Folds of samples from the fold of each group.
Folds whole_groups(const Coded& groups, std::span<const std::uint32_t> fold_of_group, std::uint64_t k) {
  std::vector<std::uint32_t> fold_of_sample(groups.code.size());
  std::transform(groups.code.begin(), groups.code.end(), fold_of_sample.begin(),
                 [&](std::uint32_t code) { return fold_of_group[code]; });
  return folds_of(fold_of_sample, k);
}

/// What stands where in a table of numbers, row by row.
class Table {
 public:
  Table(std::size_t rows, std::size_t columns) : columns_(columns), values_(rows * columns) {}
  std::span<double> row(std::size_t i) { return std::span(values_).subspan(i * columns_, columns_); }

 private:
  std::size_t columns_;
  std::vector<double> values_;
};

/// Where each group goes, one after the other: scikit-learn's StratifiedGroupKFold._find_best_fold.
class EvenFolds {
 public:
  EvenFolds(std::uint64_t k, std::span<const std::uint64_t> class_sizes)
      : k_(k),
        sizes_(class_sizes.begin(), class_sizes.end()),
        deviations_(sizes_.size()),
        counts_(k, sizes_.size()) {}

  std::uint32_t add(std::span<const double> group) {
    std::uint32_t best = 0;
    double least = std::numeric_limits<double>::infinity(), fewest = least;
    for (std::uint32_t fold = 0; fold < k_; ++fold) {
      const double unevenness = with(fold, group);
      const double samples = fresh::sum(counts_.row(fold));
      if (unevenness < least || (close(unevenness, least) && samples < fewest)) {
        best = fold;
        least = unevenness;
        fewest = samples;
      }
    }
    add_to(best, group, 1);
    return best;
  }

 private:
  void add_to(std::uint32_t fold, std::span<const double> group, double sign) {
    const std::span<double> row = counts_.row(fold);
    for (std::size_t c = 0; c < row.size(); ++c) row[c] += sign * group[c];
  }

  /// The mean over classes of how the folds' shares of a class deviate, were the group in this fold.
  double with(std::uint32_t fold, std::span<const double> group) {
    add_to(fold, group, 1);
    for (std::size_t c = 0; c < sizes_.size(); ++c) deviations_[c] = deviation_of_shares(c);
    add_to(fold, group, -1);
    return fresh::mean(deviations_);
  }

  /// Added one after the other, as numpy.std(axis=0) does.
  double deviation_of_shares(std::size_t c) {
    const auto k = static_cast<double>(k_);
    double mean = 0, squares = 0;
    for (std::size_t i = 0; i < k_; ++i) mean += counts_.row(i)[c] / sizes_[c];
    mean /= k;
    for (std::size_t i = 0; i < k_; ++i) {
      const double distance = counts_.row(i)[c] / sizes_[c] - mean;
      squares += distance * distance;
    }
    return std::sqrt(squares / k);
  }

  /// numpy.isclose
  static bool close(double a, double b) {
    return std::isfinite(b) && std::abs(a - b) <= 1e-8 + 1e-5 * std::abs(b);
  }

  std::uint64_t k_;
  std::vector<double> sizes_, deviations_;
  Table counts_;  ///< samples of each class in each fold
};

}  // namespace

Folds grouped_folds(const SplitSpec& spec, std::span<const std::int64_t> groups) {
  const Coded coding = coded_groups(spec, groups);
  std::vector<std::uint32_t> largest_first = numpy_argsort(coding.count);
  std::reverse(largest_first.begin(), largest_first.end());
  std::vector<std::uint64_t> sizes(spec.k);
  std::vector<std::uint32_t> fold_of_group(coding.count.size());
  for (const std::uint32_t group : largest_first) {
    const auto smallest = std::min_element(sizes.begin(), sizes.end());
    *smallest += coding.count[group];
    fold_of_group[group] = static_cast<std::uint32_t>(smallest - sizes.begin());
  }
  return whole_groups(coding, fold_of_group, spec.k);
}

Folds shuffled_grouped_folds(const SplitSpec& spec, std::span<const std::int64_t> groups, Random& random) {
  const Coded coding = coded_groups(spec, groups);
  std::vector<std::uint32_t> fold_of_group(coding.count.size());
  const Folds folds = shuffled_folds(spec, fold_of_group.size(), random);
  for (std::uint32_t fold = 0; fold < spec.k; ++fold)
    for (const std::uint32_t group : folds[fold]) fold_of_group[group] = fold;
  return whole_groups(coding, fold_of_group, spec.k);
}

// Sums are in NumPy's order, so that ties are ties where scikit-learn has them (with two classes and more).
Folds stratified_grouped_folds(const SplitSpec& spec, std::span<const std::int64_t> classes,
                               std::span<const std::int64_t> groups, Random& random,
                               std::vector<std::string>& notes) {
  const Coded coding = coded_groups(spec, groups), classes_of = coded(classes);
  check_class_sizes(classes_of.count, spec.k, notes);
  Table counts(coding.count.size(), classes_of.count.size());
  for (std::size_t i = 0; i < coding.code.size(); ++i) counts.row(coding.code[i])[classes_of.code[i]] += 1;

  std::vector<std::uint32_t> order(coding.count.size()), fold_of_group(coding.count.size());
  std::iota(order.begin(), order.end(), 0U);
  if (spec.shuffle) random.shuffle(order);
  std::vector<double> unevenness(order.size());
  for (const std::uint32_t group : order)
    unevenness[group] = std::sqrt(fresh::variance(counts.row(group), fresh::mean(counts.row(group))));
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return unevenness[a] > unevenness[b]; });
  EvenFolds folds(spec.k, classes_of.count);
  for (const std::uint32_t group : order) fold_of_group[group] = folds.add(counts.row(group));
  return whole_groups(coding, fold_of_group, spec.k);
}

}  // namespace mproc::kernels::crossval
