#include "mproc/run/recorded_task.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "mproc/base/fd.hpp"
#include "mproc/exec/inline_pool.hpp"
#include "mproc/run/feature_output.hpp"
#include "mproc/run/item_feed.hpp"
#include "mproc/run/load_data.hpp"
#include "mproc/run/outcome_parts.hpp"
#include "mproc/run/plan.hpp"

namespace mproc::run {
namespace {

/// Where the journal does not hold them. Series are read from the input again.
std::unique_ptr<job::ItemSource> items_of(const journal::RunDirectory& run) {
  const job::Document document = recorded_document(run);
  return document.tree().contains("fresh") ? open_series_of(document) : recorded_items(run);
}

base::Bytes item_of(const journal::RunDirectory& run, const journal::Index& index, std::uint64_t task) {
  base::Bytes item;
  if (const auto detail = index.detail(only_stage, task); detail && !detail->outcome.item.empty()) {
    base::append(item, detail->outcome.item);
    return item;
  }
  const auto source = items_of(run);
  MPROC_CHECK(
      source,
      "task {} of run {} has no outcome yet, and the run holds the items of outcomes alone; the command "
      "that made the run goes on with it",
      task, run.name());
  job::ItemBatch batch;
  source->seek(task);
  MPROC_CHECK(source->read(batch, 1, 1), "run {} has no task {}", run.name(), task);
  base::append(item, batch.item(0));
  return item;
}

/// The run's job, with what is not needed for one task left out of its document: those files may be gone.
job::Job job_of(const journal::RunDirectory& run, const job::Json& record) {
  const job::Document document = recorded_document(run);
  job::Json tree = document.tree();
  tree.erase("init");
  if (tree.contains("fresh")) tree["fresh"].erase("select");
  if (tree.contains("items") && !tree["items"].contains("python") && !tree["items"].contains("array"))
    tree["items"] = {{"list", {0}}};
  if (tree.contains("output") && tree["output"].contains("path"))
    tree["output"]["path"] =
        std::filesystem::path(tree["output"]["path"].get<std::string>()).filename().string();
  job::Job job =
      job::read_job(job::Document::from_tree(std::move(tree), document.name(), document.base_dir()));
  for (const job::Json& block : record.at("init"))
    job.init.push_back({block.at("kind"), block.at("name"), block.at("content")});
  return job;
}

/// The pool's only client: one task.
class OneTask : public exec::PoolListener {
 public:
  bool over() const { return over_; }
  InPlace take() { return std::move(end_); }

 private:
  void on_setup_failed(const base::Failure& failure) override {
    end_.failure = failure;
    over_ = true;
  }
  void on_block(const exec::ChunkTicket&, base::SlotId, const base::PayloadView& bytes) override {
    base::ByteView values;
    const base::OutcomeBlock block = base::decode_block_header(bytes, values);
    if (const auto failures = failures_in(block, values); !failures.empty())
      end_.failure = failures.front().failure;
    else
      base::append(end_.result, values);
  }
  void on_chunk_end(const exec::ChunkTicket&) override { over_ = true; }
  void on_left_out(const exec::ChunkTicket&, base::TaskRange) override {}
  void on_chunk_lost(const exec::ChunkTicket&, std::optional<std::uint64_t>, const base::Failure&) override {}
  void on_slots(std::uint32_t) override {}
  void on_items(base::ByteView, const base::PayloadView&, bool) override {}
  void on_generator_failed(const base::Failure&) override {}

  InPlace end_;
  bool over_ = false;
};

}  // namespace

std::filesystem::path recorded_directory(const journal::RunDirectory& run) {
  return job::Json::parse(run.job_json()).at("directory").get<std::string>();
}

RecordedTask recorded_task(const journal::RunDirectory& run, const journal::Index& index,
                           std::uint64_t task) {
  const auto seen = index.items().value_or(journal::ItemsRecord{});
  const std::uint64_t known = std::max(seen.count, index.extent(only_stage));
  MPROC_CHECK(task < known, "run {} knows of {} tasks, numbered from 0; there is no task {}", run.name(),
              known, task);
  const job::Json record = job::Json::parse(run.job_json());
  RecordedTask out;
  out.index = task;
  out.job = job_of(run, record);
  out.item = item_of(run, index, task);
  out.spec = job::map_spec(out.job, std::string(base::text(out.item)));
  out.spec.seed = record.value("seed", std::uint64_t{0});
  out.changed = changes(run, out.job);
  return out;
}

std::string limits_of_tasks(const job::Job& job) {
  std::vector<std::string_view> keys;
  if (job.task.timeout.count() > 0) keys.emplace_back("task.timeout");
  if (job.task.demand.memory > 0) keys.emplace_back("task.memory");
  return fmt::format("{}", fmt::join(keys, ", "));
}

InPlace run_in_place(const RecordedTask& task, const exec::PythonFactory& python) {
  exec::InlinePool pool([&] {
    auto runtime = python();
    runtime->debug();
    return runtime;
  });
  OneTask one;
  const auto data = load_data(task.job);
  pool.load({executor_environment(task.job), 0, base::host_name()});
  for (const auto& [array, memory] : data) pool.share({array, memory->address()});
  for (const auto& block : task.job.init) pool.init(block);
  pool.prepare(task.spec);
  pool.start({});
  pool.submit({base::ChunkId{1}, only_stage, {task.index, 1}, base::Attempt{0}}, task.item);
  while (!one.over()) pool.poll(one, false);
  return one.take();
}

}  // namespace mproc::run
