#include "repetition.hpp"

#include <algorithm>
#include <cmath>

#include "folds.hpp"

namespace mproc::kernels::crossval {
namespace {

using Range = IndexSet::Range;

/// How many of n are for testing.
std::uint64_t test_count(const SplitSpec& spec, std::uint64_t n) {
  const auto all = static_cast<double>(n);
  return spec.kx_cuts ? n - static_cast<std::uint64_t>(std::floor(all * (1 - spec.share)))
                      : static_cast<std::uint64_t>(std::ceil(all * spec.share));
}

/// Of 0 ... n - 1 what is not in an ascending set.
IndexSet others(const IndexSet& ascending, std::uint64_t n) {
  std::vector<Range> out;
  std::uint32_t next = 0;
  ascending.for_each([&](std::uint32_t number) {
    if (number != next) out.push_back({next, number});
    next = number + 1;
  });
  out.push_back({next, static_cast<std::uint32_t>(n)});
  return IndexSet::of_ranges(out);
}

/// Each range against the others.
std::vector<Split> each_once(const std::vector<Range>& folds, std::uint64_t n) {
  std::vector<Split> out;
  out.reserve(folds.size());
  for (const Range test : folds)
    out.push_back({IndexSet::of_ranges({{0, test.first}, {test.end, static_cast<std::uint32_t>(n)}}),
                   IndexSet::of_ranges({test})});
  return out;
}

/// Each fold against the others, which are one behind the other in their order, or ascending.
std::vector<Split> each_once(const Folds& folds, std::uint64_t n, bool ascending) {
  std::vector<Split> out;
  for (std::size_t i = 0; i < folds.size(); ++i) {
    Split split{{}, IndexSet(folds[i])};
    if (ascending) {
      split.train = others(split.test, n);
    } else {
      std::vector<std::uint32_t> train;
      for (std::size_t j = 0; j < folds.size(); ++j)
        if (j != i) train.insert(train.end(), folds[j].begin(), folds[j].end());
      split.train = IndexSet(std::move(train));
    }
    out.push_back(std::move(split));
  }
  return out;
}

std::vector<Split> fold_splits(const SplitSpec& spec, const Samples& samples, Random& random,
                               std::vector<std::string>& notes) {
  const bool whole_groups = !samples.groups.empty();
  switch (spec.kind) {
    case SplitKind::kfold:
      return whole_groups ? each_once(grouped_folds(spec, samples.groups), samples.count, true)
                          : each_once(cut(samples.count, spec.k, spec.kx_cuts), samples.count);
    case SplitKind::kfold_shuffled:
      return each_once(whole_groups ? shuffled_grouped_folds(spec, samples.groups, random)
                                    : shuffled_folds(spec, samples.count, random),
                       samples.count, false);
    default:
      return each_once(whole_groups
                           ? stratified_grouped_folds(spec, samples.classes, samples.groups, random, notes)
                           : stratified_folds(spec, samples.classes, random, notes),
                       samples.count, !spec.shuffle);
  }
}

std::vector<Split> forward_splits(const SplitSpec& spec, std::uint64_t n) {
  const auto folds = cut_in_time(n, spec.k, spec.kx_cuts);
  std::vector<Split> out;
  for (std::size_t i = 1; i < folds.size(); ++i) {
    const Range before{spec.kind == SplitKind::roll_forward ? folds[i - 1].first : 0, folds[i - 1].end};
    out.push_back({IndexSet::of_ranges({before}), IndexSet::of_ranges({folds[i]})});
  }
  return out;
}

Split last_share(const SplitSpec& spec, std::uint64_t n) {
  const auto train = static_cast<std::uint32_t>(n - test_count(spec, n));
  return {IndexSet::of_ranges({{0, train}}), IndexSet::of_ranges({{train, static_cast<std::uint32_t>(n)}})};
}

Split random_share(const SplitSpec& spec, std::uint64_t n, Random& random) {
  const auto order = random_order(n, random);
  const auto middle = order.begin() + static_cast<std::ptrdiff_t>(test_count(spec, n));
  return {IndexSet(std::vector(middle, order.end())), IndexSet(std::vector(order.begin(), middle))};
}

/// A share of the groups, whole.
Split random_groups(const SplitSpec& spec, std::span<const std::int64_t> groups, Random& random) {
  const Coded coding = coded(groups);
  std::vector<std::uint32_t> tested(coding.count.size()), side(groups.size());
  random_share(spec, tested.size(), random).test.for_each([&](std::uint32_t group) { tested[group] = 1; });
  std::transform(coding.code.begin(), coding.code.end(), side.begin(),
                 [&](std::uint32_t code) { return tested[code]; });
  Folds sides = folds_of(side, 2);
  return {IndexSet(std::move(sides[0])), IndexSet(std::move(sides[1]))};
}

}  // namespace

std::vector<Split> repetition(const SplitSpec& spec, const Samples& samples, std::uint64_t number,
                              std::vector<std::string>& notes) {
  Random random(spec.seed, Random::Purpose::splits, number);
  switch (spec.kind) {
    case SplitKind::roll_forward:
    case SplitKind::chain_forward:
      return forward_splits(spec, samples.count);
    case SplitKind::percentage:
      return {last_share(spec, samples.count)};
    case SplitKind::monte_carlo:
      return {samples.groups.empty() ? random_share(spec, samples.count, random)
                                     : random_groups(spec, samples.groups, random)};
    default:
      return fold_splits(spec, samples, random, notes);
  }
}

}  // namespace mproc::kernels::crossval
