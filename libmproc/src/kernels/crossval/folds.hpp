#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "mproc/kernels/crossval/random.hpp"
#include "mproc/kernels/crossval/split.hpp"

namespace mproc::kernels::crossval {

/// The samples of each fold; together all samples, each once.
using Folds = std::vector<std::vector<std::uint32_t>>;

/// k ranges, one behind the other; the first n mod k have one sample more, or cut at floor(i·n/k).
std::vector<IndexSet::Range> cut(std::uint64_t n, std::uint64_t k, bool kx_cuts);
/// The same for folds in time: the first one has all n mod k samples more, so that all test sets are of one
/// size.
std::vector<IndexSet::Range> cut_in_time(std::uint64_t n, std::uint64_t k, bool kx_cuts);

/// 0 ... n - 1.
std::vector<std::uint32_t> random_order(std::uint64_t n, Random& random);
/// The same, cut.
Folds shuffled_folds(const SplitSpec& spec, std::uint64_t n, Random& random);
/// Appends what is wrong with the classes' sizes to `notes`.
Folds stratified_folds(const SplitSpec& spec, std::span<const std::int64_t> classes, Random& random,
                       std::vector<std::string>& notes);
/// Whole groups: largest first, each to the smallest fold.
Folds grouped_folds(const SplitSpec& spec, std::span<const std::int64_t> groups);
/// Whole groups in random order, the same number in each fold (one more in the first, or as KX cuts).
Folds shuffled_grouped_folds(const SplitSpec& spec, std::span<const std::int64_t> groups, Random& random);
/// Whole groups: those with the most uneven classes first, each where the folds' shares of classes come out
/// most even.
Folds stratified_grouped_folds(const SplitSpec& spec, std::span<const std::int64_t> classes,
                               std::span<const std::int64_t> groups, Random& random,
                               std::vector<std::string>& notes);

/// Folds from the fold of each sample, ascending.
Folds folds_of(std::span<const std::uint32_t> fold_of_sample, std::uint64_t k);

/// Labels as 0, 1, ..., in ascending order of the labels.
struct Coded {
  std::vector<std::uint32_t> code;   ///< of each sample
  std::vector<std::uint64_t> count;  ///< of each code
};
Coded coded(std::span<const std::int64_t> labels);

/// Throws UserError where all classes have fewer samples than there are folds; a note where some have.
void check_class_sizes(std::span<const std::uint64_t> counts, std::uint64_t k,
                       std::vector<std::string>& notes);

}  // namespace mproc::kernels::crossval
