#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mproc/kernels/crossval/index_set.hpp"

namespace mproc::kernels::crossval {

/// How samples are divided into those to train on and those to test on. Where scikit-learn 1.2 has the same,
/// it is named (in brackets: with groups), and the index sets are equal unless `kx_cuts`.
enum class SplitKind {
  kfold,             ///< KFold: k folds of consecutive samples, each once the test set (GroupKFold)
  kfold_shuffled,    ///< the same over a random order
  kfold_stratified,  ///< StratifiedKFold: each class in proportion in each fold (StratifiedGroupKFold)
  roll_forward,      ///< train on fold i, test on fold i + 1: k - 1 splits
  chain_forward,     ///< TimeSeriesSplit(k - 1): train on folds 0 ... i, test on fold i + 1: k - 1 splits
  percentage,        ///< train_test_split(shuffle=False): the last `share` for testing
  monte_carlo,       ///< the first `share` of a random order for testing, the others for training (of groups)
};

struct SplitSpec {
  SplitKind kind = SplitKind::kfold;
  std::uint64_t k = 5;        ///< folds
  std::uint64_t repeats = 1;  ///< how often the whole is done; what is random, anew each time
  /// percentage and monte_carlo: what is for testing of the samples; of the groups where monte_carlo has
  /// them.
  double share = 0.2;
  bool shuffle = false;  ///< kfold_stratified: classes are dealt at random, and each fold is in random order
  /// Folds are cut at floor(i·n/k), and of a share floor(n·(1 - share)) samples are for training, as the KX
  /// toolkit does. Else, as scikit-learn does: the first n mod k folds have one sample more (roll_forward and
  /// chain_forward: the first fold has them all); ceil(n·share) samples are for testing.
  bool kx_cuts = false;
  std::uint64_t seed = 42;
  /// So many samples before each block of consecutive test samples are not trained on. Only for splits whose
  /// test sets are consecutive: kfold without groups, roll_forward, chain_forward, percentage.
  std::uint64_t gap = 0;
  /// So many samples after each block, where its last label has ended: the same (de Prado, 7.4.2).
  std::uint64_t embargo = 0;
};

/// What is divided; spans are empty, or have an element for each sample.
struct Samples {
  std::uint64_t count = 0;  ///< fewer than 2^32
  std::span<const std::int64_t> classes;
  /// No group stands on both sides. Where test sets are a matter of time (roll_forward, chain_forward,
  /// percentage) those of the test set's groups are left out of training.
  std::span<const std::int64_t> groups;
  /// What each label was made from, from start to end, for purging (M. López de Prado, Advances in Financial
  /// Machine Learning, 2018, snippet 7.1): not trained on is what overlaps any of the test set; the ends
  /// belong to it. Starts ascend; without them a sample's number is its start.
  std::span<const double> label_starts, label_ends;
};

/// Samples in ascending order; of random splits in the order drawn.
struct Split {
  IndexSet train, test;
  friend bool operator==(const Split&, const Split&) = default;
};

struct Splits {
  std::vector<Split> each;         ///< repetition by repetition
  std::vector<std::string> notes;  ///< lines for the user
};

/// The same on any machine, for the same arguments; the first repetitions are the same for any number of
/// them. Throws UserError for what cannot be divided so: "PROBLEM; REMEDY".
Splits make_splits(const SplitSpec& spec, const Samples& samples);

/// By the name in a job file: "kfold", "kfold-shuffled", "kfold-stratified", "roll-forward", "chain-forward",
/// "percentage", "monte-carlo"; and as the KX toolkit names and cuts them: kfSplit, kfShuff, kfStrat,
/// tsRolls, tsChain, pcSplit, mcSplit. Nothing for another name.
std::optional<SplitSpec> split_named(std::string_view name);
/// All of them.
std::span<const std::string_view> split_names();

}  // namespace mproc::kernels::crossval
