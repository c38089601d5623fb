#include "mproc/run/feature_output.hpp"

#include "mproc/base/fd.hpp"
#include "mproc/job/fields.hpp"
#include "mproc/kernels/fresh/feature_set.hpp"
#include "mproc/kernels/fresh/relevance_csv.hpp"
#include "mproc/run/feature_selection.hpp"
#include "mproc/run/plan.hpp"

namespace mproc::run {
namespace {

/// Reads the input of a job as far as it has to, when it has to.
class Labels {
 public:
  explicit Labels(job::Document document) : document_(std::move(document)) {}

  journal::FeatureTable::Label operator()(std::uint64_t task) {
    if (!items_) items_ = open_series_of(document_);
    items_->seek(task);
    job::ItemBatch batch;
    MPROC_CHECK(items_->read(batch, 1, 1), "task {} failed, and the input has no such series any more", task);
    std::size_t offset = 0;
    const auto item = base::unpack_value(batch.item(0), offset);
    return {std::string(job::text_field(item.get(), "id")),
            std::string(job::text_field(item.get(), "column"))};
  }

 private:
  job::Document document_;
  std::shared_ptr<job::ItemSource> items_;  // a LabelOf can be copied
};

}  // namespace

std::unique_ptr<job::ItemSource> open_series_of(const job::Document& document) {
  job::Json fresh = document.tree().at("fresh");
  fresh.erase("select");
  return job::make_item_source(
      job::read_job(job::Document::from_tree({{"fresh", fresh}}, document.name(), document.base_dir())));
}

journal::FeatureTable feature_table(const job::Job& job, const journal::Index& index, std::uint64_t total) {
  return {index, only_stage, total, job.fresh->names, Labels(job.document)};
}

journal::Rendered render_features(const job::Job& job, const journal::Index& index, std::uint64_t total,
                                  job::Format format, const std::filesystem::path& path) {
  const auto table = feature_table(job, index, total);
  if (!job.fresh->select) return journal::render(table, {}, format, path);
  const Selection selection = select(job, table, index, total);
  if (!job.fresh->select->table.empty())
    base::write_file_atomically(job.fresh->select->table, kernels::fresh::relevance_csv(selection.table));
  if (format == job::Format::none) return {};
  return journal::render(table, selection.columns, format, path);
}

std::optional<journal::Rendered> render_recorded_features(const journal::RunDirectory& run,
                                                          const journal::Index& index, std::uint64_t total,
                                                          job::Format format,
                                                          const std::filesystem::path& path) {
  const job::Document document = recorded_document(run);
  if (!document.tree().contains("fresh")) return std::nullopt;
  std::vector<std::string> names;
  for (const auto& feature :
       kernels::fresh::features_of(document.tree().at("fresh").value("features", job::Json("efficient"))))
    names.push_back(feature.name);
  return journal::render({index, only_stage, total, std::move(names), Labels(document)}, {}, format, path);
}

}  // namespace mproc::run
