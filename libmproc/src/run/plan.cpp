#include "mproc/run/plan.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <ctime>
#include <limits>

#include "git_commit.hpp"
#include "mproc/base/fd.hpp"
#include "mproc/run/failure_groups.hpp"
#include "mproc/run/later_stage.hpp"

namespace mproc::run {
namespace {

constexpr std::uint64_t read_items = 65536;
constexpr std::size_t read_bytes = 8u << 20;
constexpr std::uint64_t highest_task = std::numeric_limits<std::uint64_t>::max() - 2;

job::Json identity_table(const job::Job& job) {
  job::Json parts = job::Json::object();
  for (const auto& [part, hash] : job::identity_parts(job)) parts[part] = hash;
  return parts;
}

/// Which parts of the job differ from those of an earlier run, as "init code, args".
std::string changes(const job::Job& job, const job::Json& before) {
  std::string list;
  for (const auto& [part, hash] : job::identity_parts(job))
    if (!before.contains(part) || before.at(part) != hash) list += (list.empty() ? "" : ", ") + part;
  return list;
}

enum class Items { same, more, other };

struct Comparison {
  Items items = Items::same;
  std::optional<std::uint64_t> total;  // where it is known without reading all
};

/// Compares the job's items with those that the run has seen.
Comparison compare_items(const job::Job& job, const journal::RunDirectory& run,
                         const journal::ItemsRecord& seen) {
  const auto source = job::make_item_source(job);
  // The journal lacks the items that the earlier document gives, and the new one does not give them.
  if (!source->recomputable() && recorded_items(run)) return {Items::other, {}};
  job::ItemHash hash;
  std::uint64_t count = 0;
  while (count < seen.count) {
    job::ItemBatch batch;
    if (!source->read(batch, std::min(read_items, seen.count - count), read_bytes)) return {Items::other, {}};
    for (std::uint64_t i = 0; i < batch.count(); ++i) hash.add(batch.item(i));
    count += batch.count();
  }
  if (hash.value() != seen.hash) return {Items::other, {}};
  job::ItemBatch rest;
  return {source->read(rest, 1, 1) ? Items::more : Items::same, source->count()};
}

std::uint64_t unfinished(const journal::Index& index, const RunOptions& options, std::uint64_t total) {
  std::uint64_t done = index.succeeded(only_stage);
  if (!options.retry_failed) done += index.failed(only_stage);
  return total - std::min(done, total);
}

void put_document(job::Json& record, const job::Document& document) {
  record["file"] = document.name();
  record["base_dir"] = document.base_dir().string();
  record["document"] = document.tree();
  record.erase("document_msgpack");
  // JSON text has no NaN and no infinities.
  if (job::Json::parse(document.tree().dump()) != document.tree())
    record["document_msgpack"] = job::Json::to_msgpack(document.tree());
}

std::string text_of(const job::Json& record) {
  return record.dump(1, ' ', false, job::Json::error_handler_t::replace) + '\n';
}

}  // namespace

Plan make_plan(const job::Job& job, const RunOptions& options) {
  Plan plan;
  if (options.fresh) return plan;
  auto last = journal::RunDirectory::last(options.runs_root, job.name);
  if (!last) return plan;
  plan.last = last->name();
  const job::Json before = job::Json::parse(last->job_json(), nullptr, false);
  if (!before.is_object() || !before.contains("identity")) {
    plan.note = fmt::format("job.json of run {} cannot be read: starting a new run", last->name());
    return plan;
  }
  if (const auto changed = changes(job, before.at("identity")); !changed.empty()) {
    plan.note =
        fmt::format("the job differs from run {} in its {}: starting a new run", last->name(), changed);
    return plan;
  }
  auto index = std::make_unique<journal::Index>(*last);
  const journal::ItemsRecord seen = index->items().value_or(journal::ItemsRecord{});
  const bool generator = job::is_generator(job).has_value();
  const auto [items, total] =
      generator ? Comparison{seen.complete ? Items::same : Items::more, {}} : compare_items(job, *last, seen);
  if (items == Items::other) {
    plan.note = fmt::format("the items differ from those of run {}: starting a new run", last->name());
    return plan;
  }
  const std::uint64_t left = unfinished(*index, options, seen.count);
  const bool nothing =
      items == Items::same && seen.complete && left == 0 && stages_complete(job, *index, seen.count);
  plan.kind = nothing ? Plan::Kind::nothing : Plan::Kind::go_on;
  if (nothing) {
    const auto [succeeded, failed] = outcomes_of(*index, index->stages());
    plan.note = fmt::format(
        "nothing to do: run {} is finished ({} succeeded, {} failed){}", last->name(), succeeded, failed,
        failed > 0 ? "; --retry-failed runs those again, --fresh everything" : "; --fresh runs it again");
    if (failed > 0) plan.status = base::ExitStatus::task_failed;
  } else {
    const std::string of = total ? fmt::format(" of {}", *total) : "";
    plan.note = fmt::format("going on with run {}: {}{} tasks are done", last->name(), seen.count - left, of);
  }
  plan.run = std::move(last);
  plan.index = std::move(index);
  return plan;
}

void say(const Plan& plan, Observer& observer) {
  if (plan.index)
    for (const std::string& line : plan.index->damage())
      observer.warning(fmt::format("run {}: {}", plan.run->name(), line));
  if (!plan.note.empty() && plan.kind != Plan::Kind::nothing) observer.note(plan.note);
}

std::string provenance(const job::Job& job, std::uint64_t seed) {
  job::Json record;
  record["identity"] = identity_table(job);
  record["seed"] = seed;
  record["mproc"] = MPROC_VERSION;
  record["host"] = base::host_name();
  record["user"] = ::getuid();
  record["directory"] = std::filesystem::current_path().string();
  std::array<char, 32> now{};
  const std::time_t seconds = std::time(nullptr);
  std::strftime(now.data(), now.size(), "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&seconds));
  record["started"] = now.data();
  record["git"] = git_commit(job.document.base_dir());
  put_document(record, job.document);
  job::Json init = job::Json::array();
  for (const auto& block : job.init)
    init.push_back({{"kind", block.kind}, {"name", block.name}, {"content", block.content}});
  record["init"] = init;
  return text_of(record);
}

std::string renewed_provenance(const std::string& before, const job::Job& job) {
  job::Json record = job::Json::parse(before);
  put_document(record, job.document);
  return text_of(record);
}

bool is_run_of(const journal::RunDirectory& run, const job::Job& job) {
  const job::Json record = job::Json::parse(run.job_json(), nullptr, false);
  return record.is_object() && record.contains("identity") && changes(job, record.at("identity")).empty();
}

std::string changes(const journal::RunDirectory& run, const job::Job& job) {
  return changes(job, job::Json::parse(run.job_json()).at("identity"));
}

job::Document recorded_document(const journal::RunDirectory& run) {
  const job::Json record = job::Json::parse(run.job_json());
  job::Json tree =
      record.contains("document_msgpack")
          ? job::Json::from_msgpack(record.at("document_msgpack").get<std::vector<std::uint8_t>>())
          : record.at("document");
  return job::Document::from_tree(std::move(tree), record.at("file"),
                                  record.at("base_dir").get<std::string>());
}

std::unique_ptr<job::ItemSource> recorded_items(const journal::RunDirectory& run) {
  job::Job job;
  job.document = recorded_document(run);
  job.items =
      job.document.tree().value("items", job::Json::object());  // [fresh] has none: its labels are in results
  for (const char* kind : {"list", "range", "grid", "zip", "array", "sources"})
    if (job.items.contains(kind)) return job::make_item_source(job);
  return nullptr;
}

std::vector<base::TaskRange> parse_tasks(const std::string& text, const std::string& what) {
  std::vector<base::TaskRange> ranges;
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto bad = [&] {
    return base::UserError(
        fmt::format("{} {}: not a list of tasks; write for instance 0-9,20,30-", what, text));
  };
  while (at < end) {
    base::TaskRange range;
    auto [after, error] = std::from_chars(at, end, range.first);
    if (error != std::errc()) throw bad();
    std::uint64_t last = range.first;
    if (after < end && *after == '-') {
      last = highest_task;
      if (++after < end && *after != ',') {
        const auto number = std::from_chars(after, end, last);
        if (number.ec != std::errc()) throw bad();
        after = number.ptr;
      }
    }
    if (last < range.first || last > highest_task || (after < end && *after != ',') || after + 1 == end)
      throw bad();
    range.count = last - range.first + 1;
    ranges.push_back(range);
    at = after + 1;
  }
  if (ranges.empty()) throw bad();
  return ranges;
}

}  // namespace mproc::run
