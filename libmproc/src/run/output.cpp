#include "mproc/run/output.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mproc/base/fd.hpp"
#include "mproc/job/crossval.hpp"
#include "mproc/run/crossval_output.hpp"
#include "mproc/run/feature_output.hpp"

namespace mproc::run {

namespace {

std::filesystem::path record_file(const journal::RunDirectory& run) {
  return run.path() / "output.json";
}

/// What the run's output was written from, and where to.
job::Json record_of(const job::Job& job, const journal::Index& index) {
  job::Json paths = job::Json::array();
  for (const auto& path : output_paths(job)) paths.push_back(std::filesystem::absolute(path).string());
  return {{"paths", paths},
          {"format", static_cast<int>(job.output.format)},
          {"epoch", index.epoch().value},
          {"select", job.fresh ? job.document.tree().at("fresh").value("select", job::Json()) : job::Json()}};
}

bool is_written(const job::Job& job, const journal::RunDirectory& run, const journal::Index& index) try {
  const auto paths = output_paths(job);
  return std::all_of(paths.begin(), paths.end(), [](const auto& path) { return exists(path); }) &&
         job::Json::parse(base::read_file(record_file(run)), nullptr, false) == record_of(job, index);
} catch (const base::SystemError&) {
  return false;
}

journal::Rendered render(const job::Job& job, const journal::Index& index, std::uint64_t total) {
  const auto& [format, path] = job.output;
  if (job.fresh) return render_features(job, index, total, format, path);
  if (job.crossval) {
    render_crossval(job, index, format, path);
    return {};
  }
  std::unique_ptr<job::ItemSource> items;
  if (!job::is_generator(job)) items = job::make_item_source(job);
  if (items && !items->recomputable()) items = nullptr;
  return journal::render(index, only_stage, format, path, items.get(), total);
}

}  // namespace

std::string note_of(const journal::Rendered& rendered, job::Format format) {
  if (rendered.not_finite == 0 || format != job::Format::jsonl) return {};
  return fmt::format("{} NaN or infinite value{} written as null: JSON has no such numbers",
                     rendered.not_finite, rendered.not_finite == 1 ? "" : "s");
}

std::vector<std::filesystem::path> output_paths(const job::Job& job) {
  std::vector<std::filesystem::path> paths;
  if (job.output.format != job::Format::none) paths.push_back(job.output.path);
  if (job.fresh && job.fresh->select && !job.fresh->select->table.empty())
    paths.push_back(job.fresh->select->table);
  if (job.crossval && !job.crossval->model.empty()) paths.push_back(job.crossval->model);
  return paths;
}

std::string output_line(const job::Job& job) {
  std::string files;
  for (const auto& path : output_paths(job))
    if (path != "-") files += (files.empty() ? "results: " : " and ") + path.string();
  return files;
}

std::string write_output(const job::Job& job, const journal::RunDirectory& run, const journal::Index& index,
                         std::uint64_t total) {
  const auto rendered = render(job, index, total);
  base::write_file_atomically(
      record_file(run),
      record_of(job, index).dump(1, ' ', false, job::Json::error_handler_t::replace) + '\n');
  return note_of(rendered, job.output.format);
}

std::string conclude_nothing(const job::Job& job, const Plan& plan, const RunOptions& options) {
  std::string text = plan.note;
  if (job.crossval) text += "\n" + crossval_summary(job, *plan.index);
  if (output_paths(job).empty() || options.no_output || is_written(job, *plan.run, *plan.index)) return text;
  const auto seen = plan.index->items().value_or(journal::ItemsRecord{});
  const std::string line = write_output(job, *plan.run, *plan.index, seen.count);
  for (const std::string& more : {output_line(job), line})
    if (!more.empty()) text += "\n" + more;
  return text;
}

}  // namespace mproc::run
