#include <numeric>

#include "folds.hpp"

namespace mproc::kernels::crossval {
namespace {

/// How many of the samples first, first + 1, ..., end - 1 have the number i modulo k.
std::uint64_t numbers_modulo(std::uint64_t first, std::uint64_t end, std::uint64_t i, std::uint64_t k) {
  const auto below = [=](std::uint64_t n) { return (n + k - 1 - i) / k; };
  return below(end) - below(first);
}

/// The codes in the order in which they first appear.
std::vector<std::uint32_t> by_appearance(const Coded& classes) {
  std::vector<std::uint32_t> out;
  std::vector<bool> seen(classes.count.size());
  for (const std::uint32_t code : classes.code) {
    if (seen[code]) continue;
    seen[code] = true;
    out.push_back(code);
  }
  return out;
}

/// How many samples of a class go to each fold: `before` are the samples of the classes before it.
std::vector<std::uint64_t> shares(const SplitSpec& spec, std::uint64_t before, std::uint64_t size) {
  std::vector<std::uint64_t> out(spec.k);
  const auto pieces = cut(size, spec.k, true);
  for (std::uint64_t fold = 0; fold < spec.k; ++fold)
    out[fold] = spec.kx_cuts ? pieces[fold].size() : numbers_modulo(before, before + size, fold, spec.k);
  return out;
}

}  // namespace

// scikit-learn deals as if all samples, sorted by class (in order of first appearance), were dealt one by
// one: so folds differ by one sample at most. Which of a class: the first ones go to fold 0, the next ones to
// fold 1, ...
Folds stratified_folds(const SplitSpec& spec, std::span<const std::int64_t> classes, Random& random,
                       std::vector<std::string>& notes) {
  const Coded coding = coded(classes);
  check_class_sizes(coding.count, spec.k, notes);
  Folds members = folds_of(coding.code, coding.count.size());
  std::vector<std::uint32_t> fold_of_sample(classes.size());
  std::uint64_t before = 0;
  for (const std::uint32_t code : by_appearance(coding)) {
    if (spec.shuffle) random.shuffle(members[code]);
    auto next = members[code].begin();
    std::uint32_t fold = 0;
    for (const std::uint64_t share : shares(spec, before, members[code].size())) {
      for (std::uint64_t i = 0; i < share; ++i) fold_of_sample[*next++] = fold;
      ++fold;
    }
    before += members[code].size();
  }
  Folds folds = folds_of(fold_of_sample, spec.k);
  if (spec.shuffle)
    for (auto& fold : folds) random.shuffle(fold);
  return folds;
}

}  // namespace mproc::kernels::crossval
