#include "mproc/job/crossval_search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "mproc/base/error.hpp"
#include "mproc/base/msgpack.hpp"
#include "mproc/kernels/crossval/scores.hpp"

namespace mproc::job {
namespace {

namespace crossval = kernels::crossval;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

crossval::Sets shape_of(const crossval::Sets& sets) {
  return {sets.splits, sets.rungs, {}, sets.last, {}};
}

std::vector<double> means_of(std::span<const double> values, std::uint64_t splits) {
  std::vector<double> out;
  for (const crossval::Score& score : crossval::score_table(values, splits)) out.push_back(score.mean);
  return out;
}

Json number(double value) {
  return std::isnan(value) ? Json() : Json(value);
}

/// Columns that rows are added to.
class Rows {
 public:
  void add(const std::string& column, Json value) {
    const auto found = std::find_if(table_.columns.begin(), table_.columns.end(),
                                    [&](const ResultTable::Column& c) { return c.name == column; });
    ResultTable::Column& to = found == table_.columns.end() ? table_.columns.emplace_back() : *found;
    to.name = column;
    to.values.resize(rows_);
    to.values.push_back(std::move(value));
  }
  void end_row() { ++rows_; }
  ResultTable finish() {
    for (auto& column : table_.columns) column.values.resize(rows_);
    return std::move(table_);
  }

 private:
  ResultTable table_;
  std::size_t rows_ = 0;
};

/// What one score gave in a rung.
class ScoreColumns {
 public:
  ScoreColumns(std::string name, std::vector<double> scores, std::uint64_t splits)
      : name_(std::move(name)),
        scores_(std::move(scores)),
        splits_(splits),
        table_(crossval::score_table(scores_, splits)) {}

  void add(Rows& rows, std::size_t candidate) const {
    for (std::uint64_t split = 0; split < splits_; ++split)
      rows.add(fmt::format("split{}_test_{}", split, name_), number(scores_[candidate * splits_ + split]));
    rows.add("mean_test_" + name_, number(table_[candidate].mean));
    rows.add("std_test_" + name_, number(table_[candidate].deviation));
    rows.add("rank_test_" + name_, table_[candidate].rank);
  }

 private:
  std::string name_;
  std::vector<double> scores_;
  std::uint64_t splits_;
  std::vector<crossval::Score> table_;
};

/// Of the splits that did not fail.
void add_times(Rows& rows, std::span<const CellResult> results) {
  for (const auto& [name, time] :
       {std::pair("fit", &CellResult::fit_seconds), std::pair("score", &CellResult::score_seconds)}) {
    std::vector<double> seconds;
    for (const CellResult& result : results)
      if (!result.scores.empty()) seconds.push_back(result.*time);
    crossval::Score of{nan, nan, 0};
    if (!seconds.empty()) of = crossval::score_table(seconds, seconds.size()).front();
    rows.add(fmt::format("mean_{}_time", name), number(of.mean));
    rows.add(fmt::format("std_{}_time", name), number(of.deviation));
  }
}

}  // namespace

CrossvalSearch::CrossvalSearch(ItemBatch candidates, const crossval::Sets& sets, std::string resource,
                               bool keeps_model)
    : candidates_(std::move(candidates)),
      shape_(shape_of(sets)),
      resource_(std::move(resource)),
      keeps_model_(keeps_model) {
  Rung first;
  first.candidates.resize(candidates_.count());
  std::iota(first.candidates.begin(), first.candidates.end(), std::uint64_t{0});
  rungs_.push_back(std::move(first));
}

std::uint64_t CrossvalSearch::cells() const {
  if (stage_ == Stage::done) return 0;
  return stage_ == Stage::last ? 1 : rungs_.back().candidates.size() * shape_.splits;
}

void CrossvalSearch::append_cell(base::Bytes& to, std::uint64_t cell) const {
  const bool last = stage_ == Stage::last, model = last && keeps_model_;
  const std::uint64_t rung = rungs_.size() - 1;
  const std::uint64_t candidate = last ? best_candidate_ : rungs_.back().candidates[cell / shape_.splits];
  const std::uint64_t split =
      last ? rungs_.size() * shape_.splits : rung * shape_.splits + cell % shape_.splits;
  base::BytesSink sink(to);
  msgpack::packer<base::BytesSink> packer(sink);
  packer.pack_map(2 + (resource_.empty() ? 0 : 1) + (model ? 1 : 0));
  packer.pack(std::string_view("params"));
  base::append(to, candidates_.item(candidate));
  packer.pack(std::string_view("split")).pack(split);
  if (!resource_.empty())
    packer.pack(std::string_view("resource")).pack_map(1).pack(resource_).pack(shape_.rungs[rung].resource);
  if (model) packer.pack(std::string_view("model")).pack(true);
}

void CrossvalSearch::take(std::vector<CellResult> results) {
  MPROC_ASSERT(results.size() == cells(), "{} results of {} cells", results.size(), cells());
  if (stage_ == Stage::last) {
    best_->last = std::move(results.front());
    stage_ = Stage::done;
    return;
  }
  rungs_.back().results = std::move(results);
  if (rungs_.size() < shape_.rungs.size()) {
    next_rung();
  } else {
    choose();
    stage_ = best_ && shape_.last ? Stage::last : Stage::done;
  }
}

std::size_t CrossvalSearch::scores() const {
  std::size_t most = 0;
  for (const Rung& rung : rungs_)
    for (const CellResult& result : rung.results) most = std::max(most, result.scores.size());
  return most;
}

Json CrossvalSearch::params(std::uint64_t candidate) const {
  return Json::from_msgpack(base::text(candidates_.item(candidate)));
}

std::vector<double> CrossvalSearch::column(const Rung& rung, std::size_t score) const {
  std::vector<double> out;
  out.reserve(rung.results.size());
  for (const CellResult& result : rung.results)
    out.push_back(score < result.scores.size() ? result.scores[score] : nan);
  return out;
}

void CrossvalSearch::next_rung() {
  const Rung& before = rungs_.back();
  Rung next;
  for (const std::uint64_t place :
       crossval::promoted(means_of(column(before, 0), shape_.splits), shape_.rungs[rungs_.size()].candidates))
    next.candidates.push_back(before.candidates[place]);
  rungs_.push_back(std::move(next));
}

void CrossvalSearch::choose() {
  const Rung& rung = rungs_.back();
  const auto place = crossval::best(crossval::score_table(column(rung, 0), shape_.splits));
  if (!place) return;
  best_candidate_ = rung.candidates[*place];
  best_.emplace();
  best_->params = params(best_candidate_);
  if (!resource_.empty()) best_->params[resource_] = shape_.rungs.back().resource;
  for (std::size_t i = 0; i < scores(); ++i)
    best_->means.push_back(means_of(column(rung, i), shape_.splits)[*place]);
}

ResultTable CrossvalSearch::table(const std::vector<std::string>& scorers) const {
  const std::size_t count = std::max<std::size_t>(scores(), 1);
  const auto named = [&](std::size_t score) {
    return count == 1 || score >= scorers.size() ? std::string("score") : scorers[score];
  };
  Rows rows;
  for (std::size_t r = 0; r < rungs_.size() && !rungs_[r].results.empty(); ++r) {
    const Rung& rung = rungs_[r];
    std::vector<ScoreColumns> columns;
    for (std::size_t i = 0; i < count; ++i) columns.emplace_back(named(i), column(rung, i), shape_.splits);
    for (std::size_t place = 0; place < rung.candidates.size(); ++place) {
      if (shape_.rungs.front().resource > 0) {
        rows.add("iter", r);
        rows.add("n_resources", shape_.rungs[r].resource);
      }
      const Json set = params(rung.candidates[place]);
      for (const auto& [name, value] : set.items()) rows.add("param_" + name, value);
      for (const ScoreColumns& scores : columns) scores.add(rows, place);
      add_times(rows, std::span(rung.results).subspan(place * shape_.splits, shape_.splits));
      rows.end_row();
    }
  }
  return rows.finish();
}

}  // namespace mproc::job
