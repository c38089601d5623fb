#include "report_kinds.hpp"

#include <fmt/format.h>

#include <limits>

#include "mproc/report/pictures.hpp"
#include "mproc/run/crossval_stages.hpp"
#include "mproc/run/feature_output.hpp"
#include "mproc/run/feature_selection.hpp"
#include "mproc/run/plan.hpp"

namespace mproc::app {
namespace {

using base::Json;

/// 1 + 1/2 + ... + 1/n: what the level is divided by where hypotheses depend on each other.
double harmonic(std::size_t n) {
  double sum = 0;
  for (std::size_t i = 1; i <= n; ++i) sum += 1 / static_cast<double>(i);
  return sum;
}

Json scores_of(const job::Job& job, const journal::Index& index) {
  const auto progress = run::crossval_progress(job, index, std::numeric_limits<std::size_t>::max());
  if (progress.stages == 0) return {};
  Json picture = report::scores_picture(progress.search->table(progress.scorers), progress.scorers);
  const auto& best = progress.search->best();
  if (!best) return picture;
  picture["best"] = {{"params", best->params}, {"means", best->means}};
  if (best->last && job.crossval->plan.sets.holdout > 0) picture["best"]["holdout"] = best->last->scores;
  return picture;
}

Json p_values_of(const job::Job& job, const journal::Index& index) {
  const auto stages = index.stages();
  if (!job.fresh->select || stages.size() < 2) return {};
  const std::uint64_t total =
      std::max(index.items().value_or(journal::ItemsRecord{}).count, index.extent({}));
  const auto features = run::feature_table(job, index, total);
  if (index.succeeded(stages[1]) + index.failed(stages[1]) < features.columns().size()) return {};
  const auto selection = run::select(job, features, index, total);
  std::vector<report::TestedFeature> tested;
  std::size_t varying = 0;
  for (const auto& row : selection.table.rows) {
    tested.push_back({row.feature, row.p_value, row.relevant});
    if (row.p_value == row.p_value) ++varying;
  }
  const job::Select& how = *job.fresh->select;
  // Of several labels the smallest p-value is shown, and each has a line of its own.
  const bool by_rate = !how.best && !how.percentile && selection.table.labels.empty();
  return report::p_values_picture(tested, by_rate ? std::optional(how.options.fdr) : std::nullopt,
                                  how.options.independent ? 1 : harmonic(varying));
}

}  // namespace

std::unique_ptr<job::ItemSource> recorded_items_if_any(const journal::RunDirectory& run) try {
  return run::recorded_items(run);
} catch (const std::exception&) {
  return nullptr;
}

void add_picture_of_kind(report::Background& background, const journal::RunDirectory& run,
                         const journal::Index& index) {
  const char* what = "the job's own picture is";
  try {
    const job::Document document = run::recorded_document(run);
    if (document.tree().contains("crossval")) {
      what = "scores are";
      background.scores = scores_of(job::read_job(document), index);
    } else if (document.tree().contains("fresh")) {
      what = "p-values are";
      background.p_values = p_values_of(job::read_job(document), index);
    }
  } catch (const std::exception& error) {
    background.notes.push_back(fmt::format("{} not shown: {}", what, error.what()));
  }
}

}  // namespace mproc::app
