#include "mproc/kernels/crossval/split.hpp"

#include <fmt/format.h>

#include <limits>

#include "in_time.hpp"
#include "mproc/base/error.hpp"
#include "repetition.hpp"

namespace mproc::kernels::crossval {
namespace {

bool has_folds(SplitKind kind) {
  return kind != SplitKind::percentage && kind != SplitKind::monte_carlo;
}

/// Whether only what comes before the test set is trained on.
bool forward(SplitKind kind) {
  return kind == SplitKind::roll_forward || kind == SplitKind::chain_forward || kind == SplitKind::percentage;
}

bool tests_consecutive_samples(const SplitSpec& spec, const Samples& samples) {
  return forward(spec.kind) || (spec.kind == SplitKind::kfold && samples.groups.empty());
}

bool is_random(const SplitSpec& spec) {
  return spec.kind == SplitKind::kfold_shuffled || spec.kind == SplitKind::monte_carlo ||
         (spec.kind == SplitKind::kfold_stratified && spec.shuffle);
}

void check_length(std::string_view what, std::size_t length, std::uint64_t samples) {
  MPROC_CHECK(length == 0 || length == samples, "{} {} for {} samples; give each sample one", length, what,
              samples);
}

void check_samples(const SplitSpec& spec, const Samples& samples) {
  MPROC_CHECK(samples.count > 0, "there are no samples");
  MPROC_CHECK(samples.count <= std::numeric_limits<std::uint32_t>::max(),
              "{} samples are more than can be divided", samples.count);
  check_length("classes", samples.classes.size(), samples.count);
  check_length("groups", samples.groups.size(), samples.count);
  check_length("label starts", samples.label_starts.size(), samples.count);
  check_length("label ends", samples.label_ends.size(), samples.count);
  MPROC_CHECK(
      spec.kind != SplitKind::kfold_stratified || !samples.classes.empty(),
      "a stratified split needs the class of each sample; take split = \"kfold\" where there are none");
  if (!samples.label_starts.empty() || !samples.label_ends.empty()) check_label_times(samples);
}

void check_spec(const SplitSpec& spec, const Samples& samples) {
  MPROC_CHECK(spec.repeats > 0, "repeats = 0 gives no split; set it to 1 or more");
  if (has_folds(spec.kind)) {
    MPROC_CHECK(spec.k >= 2, "k = {} leaves nothing to train on; set it to 2 or more", spec.k);
    MPROC_CHECK(spec.k <= samples.count, "k = {} folds of {} samples; set k to {} or less", spec.k,
                samples.count, samples.count);
  } else {
    MPROC_CHECK(spec.share > 0 && spec.share < 1, "a share of {} for testing; it has to be between 0 and 1",
                spec.share);
  }
  MPROC_CHECK(
      (spec.gap == 0 && spec.embargo == 0) || tests_consecutive_samples(spec, samples),
      "gap and embargo are for test sets of consecutive samples; leave them out, or take split = \"kfold\" "
      "without groups, \"roll-forward\", \"chain-forward\" or \"percentage\"");
}

void leave_out(Split& split, const SplitSpec& spec, const Samples& samples) {
  const bool by_group = !samples.groups.empty() && forward(spec.kind);
  if (spec.gap == 0 && spec.embargo == 0 && samples.label_ends.empty() && !by_group) return;
  const std::vector<bool> out = kept_out(split.test, spec, samples, by_group);
  std::vector<std::uint32_t> left;
  split.train.for_each([&](std::uint32_t i) {
    if (!out[i]) left.push_back(i);
  });
  split.train = IndexSet(std::move(left));
}

void check_not_empty(const Split& split, const SplitSpec& spec, std::uint64_t number) {
  const std::string_view fewer = has_folds(spec.kind) ? "take a smaller k" : "take another share";
  MPROC_CHECK(!split.test.empty(), "split {} has no sample to test on; {}", number, fewer);
  MPROC_CHECK(
      !split.train.empty(),
      "split {} has no sample to train on; {}, or a smaller gap, labels that overlap less, or smaller groups "
      "where you have these",
      number, fewer);
}

}  // namespace

Splits make_splits(const SplitSpec& spec, const Samples& samples) {
  check_samples(spec, samples);
  check_spec(spec, samples);
  Splits out;
  for (std::uint64_t r = 0; r < spec.repeats; ++r) {
    std::vector<std::string> notes;
    for (Split& split : repetition(spec, samples, r, notes)) {
      leave_out(split, spec, samples);
      check_not_empty(split, spec, out.each.size());
      out.each.push_back(std::move(split));
    }
    if (r == 0) out.notes = std::move(notes);
  }
  if (spec.repeats > 1 && !is_random(spec))
    out.notes.push_back(
        fmt::format("the split is not random: all {} repeats have the same folds", spec.repeats));
  return out;
}

}  // namespace mproc::kernels::crossval
