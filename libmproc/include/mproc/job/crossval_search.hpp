#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mproc/job/search_space.hpp"
#include "mproc/kernels/crossval/sets.hpp"

namespace mproc::job {

/// What a cell, one candidate on one split, gave.
struct CellResult {
  std::vector<double> scores;  ///< one a scorer, greater is better; empty: it failed
  double fit_seconds = 0, score_seconds = 0;
};

/// Columns with a value a row: null where there is none, or it is NaN.
struct ResultTable {
  struct Column {
    std::string name;
    std::vector<Json> values;
  };
  std::vector<Column> columns;
};

/// Cross-validation of all candidates, stage by stage: who asks for a stage's cells computes them, and what
/// they gave decides the next stage's. Stages are the rungs of successive halving (one, without it), then the
/// last fit, of the best candidate, where there is one.
class CrossvalSearch {
 public:
  /// `resource`: the parameter that a rung's resource is; empty: it is the number of samples, or there is no
  /// halving. `keeps_model`: the last fit gives its model, too.
  CrossvalSearch(ItemBatch candidates, const kernels::crossval::Sets& sets, std::string resource,
                 bool keeps_model);

  /// Of the stage that is next; 0: there is none.
  std::uint64_t cells() const;
  /// Appends a cell as an item: {"params": {...}, "split": its place among the sets}, and "resource": {NAME:
  /// its amount} where that is a parameter, "model": true where the model is kept.
  void append_cell(base::Bytes& to, std::uint64_t cell) const;
  /// Of each cell of that stage, in order: on to the next one.
  void take(std::vector<CellResult> results);

  /// By the mean of the first score, once all rungs are through.
  struct Best {
    Json params;                     ///< with the resource, where that is a parameter
    std::vector<double> means;       ///< of each score
    std::optional<CellResult> last;  ///< of the last fit, once that is there
  };
  /// Nothing where each candidate has failed, too.
  const std::optional<Best>& best() const { return best_; }

  /// A row a candidate and rung, under scikit-learn's names in cv_results_: param_NAME, split0_test_score,
  /// mean_test_score, std_test_score (ddof 0), rank_test_score (in its rung), mean_fit_time (seconds), ...
  /// Halving has iter and n_resources before these. Of several scores, `scorers` stand in the place of
  /// "score".
  ResultTable table(const std::vector<std::string>& scorers) const;

 private:
  struct Rung {
    std::vector<std::uint64_t> candidates;
    std::vector<CellResult> results;  ///< candidate by candidate, of each split; empty: not there yet
  };
  enum class Stage { rung, last, done };

  std::size_t scores() const;
  Json params(std::uint64_t candidate) const;
  std::vector<double> column(const Rung& rung, std::size_t score) const;
  void next_rung();
  void choose();

  ItemBatch candidates_;
  kernels::crossval::Sets shape_;  ///< without the sets
  std::string resource_;
  bool keeps_model_;
  std::vector<Rung> rungs_;
  Stage stage_ = Stage::rung;
  std::uint64_t best_candidate_ = 0;
  std::optional<Best> best_;
};

}  // namespace mproc::job
