#include "mproc/run/feature_selection.hpp"

#include <fmt/format.h>

#include <array>
#include <unordered_map>

#include "column_file.hpp"
#include "mproc/job/encode.hpp"
#include "mproc/job/fields.hpp"
#include "mproc/kernels/fresh/feature_test.hpp"
#include "mproc/kernels/fresh/impute.hpp"
#include "mproc/kernels/fresh/selection.hpp"
#include "mproc/run/feature_output.hpp"
#include "mproc/run/plan.hpp"

namespace mproc::run {
namespace {

namespace fresh = kernels::fresh;
using job::Json;

constexpr std::uint32_t selection_map = 1;

std::vector<std::string> ids_of(const journal::FeatureTable& features) {
  std::vector<std::string> ids;
  features.for_each([&](const journal::FeatureTable::Row& row) { ids.push_back(row.id); });
  return ids;
}

/// The target's values in the order of the features' rows.
fresh::TargetColumn target_of(const job::Select& select, const job::TargetTable& table,
                              const std::vector<std::string>& ids) {
  std::unordered_map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < table.ids.size(); ++i) places.emplace(table.ids[i], i);
  std::vector<std::size_t> order;
  for (const std::string& id : ids) {
    const auto place = places.find(id);
    MPROC_CHECK(place != places.end(), "{}: has no row for id '{}', which has series", select.target.string(),
                id);
    order.push_back(place->second);
  }
  return std::visit(
      [&](const auto& values) -> fresh::TargetColumn {
        std::decay_t<decltype(values)> out;
        for (const std::size_t place : order) out.push_back(values[place]);
        return out;
      },
      table.values);
}

fresh::Target checked_target(const job::Select& select, const fresh::TargetColumn& values) {
  try {
    fresh::Target target = fresh::make_target(values, select.ml_task);
    fresh::relevance_table({}, {}, target, select.options);  // says what does not fit
    return target;
  } catch (const base::UserError& error) {
    throw base::UserError(fmt::format("{}: {}", select.target.string(), error.what()));
  }
}

const char* name_of(fresh::MlTask task) {
  if (task == fresh::MlTask::classification) return "classification";
  return task == fresh::MlTask::regression ? "regression" : "auto";
}

Json test_args(const job::Select& select, const fresh::TargetColumn& target) {
  Json args;
  std::visit([&](const auto& values) { args["target"] = values; }, target);
  args["ml_task"] = name_of(select.ml_task);
  args["test"] = select.label_test == fresh::LabelTest::kolmogorov_smirnov ? "smir" : "mann";
  return args;
}

/// Another number for other features or another target.
base::StageKey key_of(const journal::Index& index, const std::string& args) {
  const auto items = index.items().value_or(journal::ItemsRecord{});
  const std::array<std::uint64_t, 4> features{items.count, items.hash, index.succeeded(only_stage),
                                              index.failed(only_stage)};
  job::ItemHash hash;
  hash.add(std::as_bytes(std::span(features)));
  hash.add(base::view(args));
  return {base::MapId{selection_map}, base::StageId{static_cast<std::uint32_t>(hash.value())}};
}

/// Columns of the feature table as items.
class FeatureColumns final : public job::ItemSource {
 public:
  explicit FeatureColumns(const journal::FeatureTable& features)
      : names_(features.columns()), values_(features.rows(), features.columns().size()) {
    features.for_each([&](const journal::FeatureTable::Row& row) { values_.append(row.values); });
    values_.finish();
  }
  std::optional<std::uint64_t> count() const override { return names_.size(); }
  bool recomputable() const override { return true; }
  void seek(std::uint64_t index) override { next_ = index; }

  bool read(job::ItemBatch& batch, std::uint64_t max_items, std::size_t max_bytes) override {
    base::Bytes& to = batch.data.bytes;
    const std::size_t start = to.size();
    const std::uint64_t first = next_;
    while (next_ < names_.size() && next_ - first < std::max<std::uint64_t>(max_items, 1) &&
           (next_ == first || to.size() - start < max_bytes)) {
      append(to, next_++);
      batch.ends.push_back(to.size());
    }
    return next_ > first;
  }

 private:
  void append(base::Bytes& to, std::size_t column) {
    column_ = values_.column(column);
    fresh::impute(column_);
    base::BytesSink sink(to);
    msgpack::packer<base::BytesSink> packer(sink);
    packer.pack_map(2)
        .pack(std::string_view("feature"))
        .pack(names_[column])
        .pack(std::string_view("values"));
    job::append_reals(to, column_);
  }

  std::vector<std::string> names_;
  ColumnFile values_;
  std::vector<double> column_;
  std::uint64_t next_ = 0;
};

fresh::FeatureResult result_of(const journal::Index::Outcome& outcome) {
  if (outcome.state != journal::Index::State::succeeded) return {};
  std::size_t offset = 0;
  const auto result = base::unpack_value(outcome.value, offset);
  fresh::FeatureResult out;
  const std::string_view type = job::text_field(result.get(), "type");
  for (const auto known : {fresh::FeatureType::binary, fresh::FeatureType::real})
    if (fresh::name_of(known) == type) out.type = known;
  out.p_values = job::reals_field(result.get(), "p_values");
  return out;
}

std::string packed(const Json& tree) {
  base::Bytes bytes;
  job::append_value(bytes, tree);
  return std::string(base::text(bytes));
}

}  // namespace

std::string check_selection(const job::Job& job) {
  if (!job.fresh || !job.fresh->select) return {};
  const job::Select& select = *job.fresh->select;
  const job::TargetTable table = job::read_target(select);
  checked_target(select, table.values);
  const auto ids = job::series_ids(job.fresh->series);
  if (ids.empty()) return {};  // which is said of the series
  const fresh::Target target = checked_target(select, target_of(select, table, ids));
  const std::size_t others = table.ids.size() - ids.size();
  return fmt::format("{}: {} rows of {}{}", select.target.filename().string(), target.rows(),
                     target.is_classification() ? fmt::format("{} classes", target.labels.size()) : "numbers",
                     others > 0 ? fmt::format(", and {} for ids without series", others) : "");
}

LaterStage selection_stage(const job::Job& job, const journal::Index& index, std::uint64_t tasks) {
  auto features = std::make_shared<journal::FeatureTable>(feature_table(job, index, tasks));
  const job::Select& select = *job.fresh->select;
  const auto target = target_of(select, job::read_target(select), ids_of(*features));
  checked_target(select, target);
  LaterStage stage;
  stage.spec.map = selection_map;
  stage.spec.kernel = static_cast<std::uint8_t>(job::MapSpec::Kernel::built_in);
  stage.spec.function = "fresh.test";
  stage.spec.args = packed(test_args(select, target));
  stage.key = key_of(index, stage.spec.args);
  stage.tasks = features->columns().size();
  stage.items = [features] { return std::make_unique<FeatureColumns>(*features); };
  return stage;
}

Selection select(const job::Job& job, const journal::FeatureTable& features, const journal::Index& index,
                 std::uint64_t tasks) {
  const job::Select& how = *job.fresh->select;
  const LaterStage stage = selection_stage(job, index, tasks);
  std::vector<fresh::FeatureResult> results;
  journal::Index::Cursor cursor(index, stage.key);
  for (std::uint64_t task = 0; task < stage.tasks; ++task) results.push_back(result_of(cursor.at(task)));
  const fresh::Target target = checked_target(how, target_of(how, job::read_target(how), ids_of(features)));
  Selection selection;
  selection.table = fresh::relevance_table(features.columns(), results, target, how.options);
  selection.columns = how.best         ? fresh::k_best(selection.table, *how.best)
                      : how.percentile ? fresh::percentile(selection.table, *how.percentile)
                                       : fresh::relevant_features(selection.table);
  return selection;
}

}  // namespace mproc::run
