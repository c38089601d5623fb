#include "mproc/kernels/crossval/sets.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mproc/base/error.hpp"

namespace mproc::kernels::crossval {
namespace {

/// What candidates see, with its samples' classes, groups and labels.
class Seen {
 public:
  Seen(const Samples& all, const IndexSet& rest)
      : numbers_(rest.list()),
        classes_(of(all.classes)),
        groups_(of(all.groups)),
        starts_(of(all.label_starts)),
        ends_(of(all.label_ends)) {}

  Samples samples() const { return {numbers_.size(), classes_, groups_, starts_, ends_}; }

  /// From numbers among those seen to numbers among all.
  IndexSet among_all(const IndexSet& set) const {
    std::vector<std::uint32_t> out;
    out.reserve(set.size());
    set.for_each([&](std::uint32_t i) { out.push_back(numbers_[i]); });
    return IndexSet(std::move(out));
  }

 private:
  template <class T>
  std::vector<T> of(std::span<const T> values) const {
    std::vector<T> out;
    if (!values.empty())
      for (const std::uint32_t number : numbers_) out.push_back(values[number]);
    return out;
  }

  std::vector<std::uint32_t> numbers_;
  std::vector<std::int64_t> classes_, groups_;
  std::vector<double> starts_, ends_;
};

Split holdout_of(const SetsSpec& spec, const Samples& samples) {
  SplitSpec how = spec.split;
  how.kind = spec.shuffle_holdout ? SplitKind::monte_carlo : SplitKind::percentage;
  how.share = spec.holdout;
  how.repeats = 1;
  if (spec.shuffle_holdout) how.gap = how.embargo = 0;
  try {
    return make_splits(how, samples).each.front();
  } catch (const base::UserError& error) {
    throw base::UserError(fmt::format("holdout: {}", error.what()));
  }
}

/// That each split has to have in proportion.
std::uint64_t count_of_classes(const SplitSpec& spec, const Samples& samples) {
  if (spec.kind != SplitKind::kfold_stratified) return 1;
  return static_cast<std::uint64_t>(*std::max_element(samples.classes.begin(), samples.classes.end())) + 1;
}

std::vector<Rung> rungs_of(const SetsSpec& sets, const Samples& seen, std::uint64_t splits,
                           std::uint64_t candidates) {
  const HalvingPlan& plan = *sets.halving;
  HalvingSpec spec;
  spec.factor = plan.factor;
  spec.exhaust = plan.min_resource == 0;
  spec.max_resource = plan.max_resource;
  spec.min_resource = spec.exhaust ? 1 : plan.min_resource;
  if (plan.parameter.empty()) {
    MPROC_CHECK(plan.max_resource <= seen.count,
                "max-resource = {} is more than the {} samples; leave it out", plan.max_resource, seen.count);
    if (plan.max_resource == 0) spec.max_resource = seen.count;
    if (spec.exhaust)
      spec.min_resource =
          std::min(smallest_samples(splits, count_of_classes(sets.split, seen)), spec.max_resource);
  }
  return halving_rungs(candidates, spec);
}

}  // namespace

Sets make_sets(const SetsSpec& spec, const Samples& samples, std::uint64_t candidates) {
  const auto count = static_cast<std::uint32_t>(samples.count);
  Split last{IndexSet::of_ranges({{0, count}}), {}};
  if (spec.holdout > 0) last = holdout_of(spec, samples);
  const Seen seen(samples, last.train);
  Splits splits = make_splits(spec.split, seen.samples());
  Sets sets;
  sets.splits = splits.each.size();
  sets.notes = std::move(splits.notes);
  sets.rungs = {{candidates, 0}};
  if (spec.halving) sets.rungs = rungs_of(spec, seen.samples(), sets.splits, candidates);
  const std::uint64_t all = seen.samples().count;
  for (const Rung& rung : sets.rungs)
    for (std::uint64_t i = 0; i < sets.splits; ++i) {
      const bool fewer = spec.halving && spec.halving->parameter.empty() && rung.resource < all;
      const Split split =
          fewer ? with_fewer_samples(splits.each[i], rung.resource, all, spec.split.seed, i) : splits.each[i];
      sets.each.push_back({seen.among_all(split.train), seen.among_all(split.test)});
    }
  sets.last = spec.holdout > 0 || spec.refit;
  if (sets.last) sets.each.push_back(std::move(last));
  return sets;
}

PackedSets pack(const std::vector<Split>& sets) {
  PackedSets out;
  const auto add = [&](const IndexSet& set) {
    out.sides.push_back(set.numbers().empty() ? 1 : 0);
    out.sides.push_back(static_cast<std::int64_t>(out.index.size()));
    for (const IndexSet::Range range : set.ranges())
      out.index.insert(out.index.end(), {range.first, range.end});
    out.index.insert(out.index.end(), set.numbers().begin(), set.numbers().end());
    out.sides.push_back(static_cast<std::int64_t>(out.index.size()));
  };
  for (const Split& split : sets) {
    add(split.train);
    add(split.test);
  }
  return out;
}

}  // namespace mproc::kernels::crossval
