#include "mproc/run/crossval_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "mproc/base/fd.hpp"
#include "mproc/journal/result_table.hpp"
#include "mproc/run/crossval_stages.hpp"
#include "mproc/run/plan.hpp"

namespace mproc::run {
namespace {

using job::Json;
using Best = job::CrossvalSearch::Best;

constexpr std::size_t all_stages = std::numeric_limits<std::size_t>::max();
constexpr std::size_t most_rows = 10;
constexpr std::size_t most_splits = 10;

bool has_holdout(const job::Job& job) {
  return job.crossval->plan.sets.holdout > 0;
}

std::string name_of(const std::vector<std::string>& scorers, std::size_t score) {
  return score < scorers.size() ? scorers[score] : "score";
}

Json scores_of(const std::vector<double>& scores, const std::vector<std::string>& scorers) {
  Json out = Json::object();
  for (std::size_t i = 0; i < scores.size(); ++i) out[name_of(scorers, i)] = scores[i];
  return out;
}

Json head_of(const job::Job& job, const CrossvalProgress& progress) {
  Json head = {{"best_params", nullptr}, {"best_scores", nullptr}};
  const auto& best = progress.search->best();
  if (!best) return head;
  head["best_params"] = best->params;
  head["best_scores"] = scores_of(best->means, progress.scorers);
  if (best->last && has_holdout(job))
    head["holdout_scores"] = scores_of(best->last->scores, progress.scorers);
  return head;
}

/// As people write it: max_depth = 3, criterion = "gini"
std::string text_of_params(const Json& params) {
  std::string out;
  for (const auto& [name, value] : params.items())
    out += fmt::format("{}{} = {}", out.empty() ? "" : ", ", name, value.dump());
  return out.empty() ? "no parameters" : out;
}

std::string cell_text(const Json& value) {
  if (value.is_null()) return "failed";
  if (value.is_number_float()) return fmt::format("{:.5g}", value.get<double>());
  return value.is_string() ? value.get<std::string>() : value.dump();
}

struct Shown {
  std::string title;
  std::vector<std::string> cells;
  std::size_t width() const {
    std::size_t most = title.size();
    for (const auto& cell : cells) most = std::max(most, cell.size());
    return most;
  }
};

const job::ResultTable::Column& column_of(const job::ResultTable& table, std::string_view name) {
  return *std::find_if(table.columns.begin(), table.columns.end(),
                       [&](const auto& c) { return c.name == name; });
}

/// The best rows of the last rung that there is, best first.
std::vector<std::size_t> best_rows(const job::ResultTable& table, const std::string& rank) {
  const auto& ranks = column_of(table, rank).values;
  std::vector<std::size_t> rows(ranks.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  if (table.columns.front().name == "iter") {
    const auto& rungs = table.columns.front().values;
    std::erase_if(rows, [&](std::size_t row) { return rungs[row] != rungs.back(); });
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [&](std::size_t a, std::size_t b) { return ranks[a] < ranks[b]; });
  rows.resize(std::min(rows.size(), most_rows));
  return rows;
}

/// The columns that a person looks at: rank, parameters, the first score of each split, mean and deviation.
std::vector<Shown> shown_columns(const job::ResultTable& table, const std::string& score,
                                 std::uint64_t splits) {
  std::vector<Shown> out;
  const auto rows = best_rows(table, "rank_test_" + score);
  const auto add = [&](std::string title, const std::vector<Json>& values) {
    Shown& column = out.emplace_back();
    column.title = std::move(title);
    for (const std::size_t row : rows) column.cells.push_back(cell_text(values[row]));
  };
  add("rank", column_of(table, "rank_test_" + score).values);
  for (const auto& column : table.columns)
    if (column.name.starts_with("param_")) add(column.name.substr(6), column.values);
  for (std::uint64_t split = 0; split < splits && splits <= most_splits; ++split)
    add(fmt::format("split{}", split), column_of(table, fmt::format("split{}_test_{}", split, score)).values);
  add("mean", column_of(table, "mean_test_" + score).values);
  add("std", column_of(table, "std_test_" + score).values);
  return out;
}

std::string lines_of(const std::vector<Shown>& columns) {
  std::string out;
  const auto line = [&](const auto& text) {
    std::string row;
    for (const Shown& column : columns) row += fmt::format("  {:>{}}", text(column), column.width());
    out += row + "\n";
  };
  line([](const Shown& column) { return column.title; });
  for (std::size_t row = 0; row < columns.front().cells.size(); ++row)
    line([&](const Shown& column) { return column.cells[row]; });
  return out;
}

std::string best_line(const job::Job& job, const Best& best, const std::vector<std::string>& scorers) {
  const auto scores = [&](const std::vector<double>& values) {
    std::string out;
    for (std::size_t i = 0; i < values.size(); ++i)
      out += fmt::format("{}{} {:.5g}", i > 0 ? ", " : "", name_of(scorers, i), values[i]);
    return out;
  };
  std::string out = fmt::format("best: {}: mean {}", text_of_params(best.params), scores(best.means));
  if (best.last && has_holdout(job))
    out += "\nholdout: " + (best.last->scores.empty() ? "failed" : scores(best.last->scores));
  return out;
}

CrossvalProgress so_far(const job::Job& job, const journal::Index& index) {
  return crossval_progress(job, index, all_stages);
}

void write_table(const job::Job& job, const CrossvalProgress& progress, job::Format format,
                 const std::filesystem::path& path) {
  journal::render(progress.search->table(progress.scorers), head_of(job, progress), format, path);
}

}  // namespace

void render_crossval(const job::Job& job, const journal::Index& index, job::Format format,
                     const std::filesystem::path& path) {
  const CrossvalProgress progress = so_far(job, index);
  if (progress.model && !job.crossval->model.empty())
    base::write_file_atomically(job.crossval->model, *progress.model);
  if (format != job::Format::none) write_table(job, progress, format, path);
}

bool render_recorded_crossval(const journal::RunDirectory& run, const journal::Index& index,
                              job::Format format, const std::filesystem::path& path) {
  const job::Document document = recorded_document(run);
  if (!document.tree().contains("crossval")) return false;
  const job::Job job = job::read_job(document);
  const CrossvalProgress progress = so_far(job, index);
  MPROC_CHECK(progress.stages > 0, "run {}: has no scores yet: its first stage is under way", run.name());
  write_table(job, progress, format, path);
  return true;
}

std::string crossval_summary(const job::Job& job, const journal::Index& index) {
  const CrossvalProgress progress = so_far(job, index);
  const std::uint64_t candidates = job.crossval->plan.candidates.items.count();
  const job::ResultTable table = progress.search->table(progress.scorers);
  const std::string score = progress.scorers.size() > 1 ? progress.scorers.front() : "score";
  std::string out = fmt::format("{} parameter set{}, {} split{}{}\n", candidates, candidates == 1 ? "" : "s",
                                job.crossval->sets.splits, job.crossval->sets.splits == 1 ? "" : "s",
                                candidates > most_rows ? fmt::format("; the best {}:", most_rows) : ":");
  out += lines_of(shown_columns(table, score, job.crossval->sets.splits));
  const auto& best = progress.search->best();
  out += best ? best_line(job, *best, progress.scorers) : "best: none: every set has a split that failed";
  return out;
}

}  // namespace mproc::run
