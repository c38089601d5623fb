#include "mproc/run/output.hpp"

#include <fmt/format.h>

#include "mproc/journal/render.hpp"

namespace mproc::run {

std::string write_output(const job::Job& job, const journal::Index& index, std::uint64_t total) {
  std::unique_ptr<job::ItemSource> items;
  if (!job::is_generator(job)) items = job::make_item_source(job);
  if (items && !items->recomputable()) items = nullptr;
  const auto rendered = journal::render(index, {}, job.output.format, job.output.path, items.get(), total);
  if (rendered.not_finite == 0 || job.output.format != job::Format::jsonl) return {};
  return fmt::format("{} NaN or infinite value{} written as null: JSON has no such numbers",
                     rendered.not_finite, rendered.not_finite == 1 ? "" : "s");
}

std::string conclude_nothing(const job::Job& job, const Plan& plan, const RunOptions& options) {
  if (job.output.format == job::Format::none || options.no_output || std::filesystem::exists(job.output.path))
    return plan.note;
  const auto seen = plan.index->items().value_or(journal::ItemsRecord{});
  const std::string line = write_output(job, *plan.index, seen.count);
  return fmt::format("{}\nresults: {}{}", plan.note, job.output.path.string(),
                     line.empty() ? "" : "\n" + line);
}

}  // namespace mproc::run
