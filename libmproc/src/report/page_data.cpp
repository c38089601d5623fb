#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "mproc/base/time.hpp"
#include "mproc/job/kernel.hpp"
#include "mproc/report/job_text.hpp"
#include "page_parts.hpp"

namespace mproc::report {
namespace {

using base::Json;

constexpr std::size_t most_groups = 50, most_events = 300, most_text = 20'000;

std::string clock_text(std::int64_t wall_ns) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S}",
                     fmt::localtime(static_cast<std::time_t>(wall_ns / base::second_ns)));
}

bool is_under_way(const std::optional<journal::Status>& status) {
  return status && (status->state == "running" || status->state == "draining");
}

Json run_of(const journal::RunDirectory& run, const journal::Index& index, const History& history,
            const Background& background) {
  const auto& status = background.status;
  const auto& end = index.end();
  Json out = {{"name", run.name()}, {"directory", std::filesystem::absolute(run.path()).string()}};
  out["state"] = status ? status->state : end ? end->state : "not started";
  out["underWay"] = is_under_way(status);
  std::uint64_t succeeded = 0, failed = 0;
  for (const base::StageKey stage : index.stages()) {
    succeeded += index.succeeded(stage);
    failed += index.failed(stage);
  }
  out["succeeded"] = succeeded;
  out["failed"] = failed;
  out["total"] = status && status->total ? Json(*status->total) : Json();
  out["written"] = clock_text(base::wall_ns());
  out["notes"] = background.notes;
  out["sessions"] = Json::array();
  for (const auto& [epoch, session] : history.axis().sessions())
    out["sessions"].push_back({{"begun", clock_text(session.first_ns)},
                               {"at", session.offset_ns / 1000},
                               {"length", session.length_ns() / 1000}});
  return out;
}

Json events_of(const journal::Index& index, const Axis& axis) {
  Json out = Json::array();
  for (const auto& event : index.events()) {
    if (out.size() == most_events) break;
    out.push_back(
        {{"at", axis.at(event.time_ns) / 1000}, {"time", clock_text(event.time_ns)}, {"text", event.text}});
  }
  return out;
}

/// What job.json says of where the run came from; a damaged one says nothing.
void add_job(Json& out, const journal::RunDirectory& run) {
  const Json record = Json::parse(run.job_json(), nullptr, false);
  Json origin = Json::array();
  out["job"] = {{"file", ""}, {"text", ""}, {"files", Json::array()}};
  if (record.is_object()) {
    out["job"]["file"] = record.value("file", Json(""));
    if (record.contains("document")) out["job"]["text"] = job_text(record["document"]);
    for (const Json& block : record.value("init", Json::array()))
      if (block.value("kind", 0) == static_cast<int>(job::InitBlock::Kind::file))
        out["job"]["files"].push_back(
            {{"name", block.value("name", "")}, {"content", shortened(block.value("content", ""))}});
    for (const auto& [key, title] : {std::pair{"started", "started"},
                                     {"host", "host"},
                                     {"directory", "directory"},
                                     {"mproc", "mproc"},
                                     {"git", "git commit"},
                                     {"seed", "seed"},
                                     {"user", "user id"}})
      if (const Json value = record.value(key, Json()); !value.is_null())
        origin.push_back({title, value.is_string() ? value : Json(value.dump())});
  }
  out["origin"] = std::move(origin);
}

}  // namespace

std::string shortened(const std::string& text) {
  return text.size() <= most_text ? text : "…" + text.substr(text.size() - most_text);
}

std::uint64_t stage_number(const journal::Index& index, base::StageKey stage) {
  const auto stages = index.stages();
  return static_cast<std::uint64_t>(std::ranges::find(stages, stage) - stages.begin());
}

Json failures_of(const Failures& failures, const journal::Index& index, ItemTexts& items) {
  Json groups = Json::array();
  auto all = failures.groups();
  const std::size_t kinds = all.size();
  all.resize(std::min(all.size(), most_groups));
  for (const auto& group : all) {
    Json out = {{"text", shortened(group.summary)}, {"count", group.count}, {"tasks", group.tasks}};
    out["kind"] = base::name(group.first.kind);
    out["message"] = shortened(group.first.message);
    out["traceback"] = shortened(group.first.traceback);
    if (group.first.rank >= 0)
      out["where"] = fmt::format("rank {} on {}", group.first.rank, group.first.host);
    out["stage"] = stage_number(index, group.stage);
    const std::uint64_t task = group.tasks.front();
    out["item"] = items.of(group.stage, task);
    const auto tries = index.tries(group.stage, {task, 1});
    for (const auto& detail : tries.at(task))
      if (detail.outcome.state == journal::Index::State::failed) out["printed"] = shortened(detail.capture);
    groups.push_back(std::move(out));
  }
  return {{"count", failures.count()},
          {"kinds", kinds},
          {"others", failures.others()},
          {"groups", std::move(groups)}};
}

Json page_data(const journal::RunDirectory& run, const journal::Index& index, const History& history,
               const Background& background) {
  ItemTexts items(index, background.items);
  Json out = {{"run", run_of(run, index, history, background)}};
  out["shares"] = all_shares(history, background.status);
  out["ranks"] = ranks_of(history);
  out["picture"] = picture_of(history);
  out["bars"] = bars_of(index, history, items);
  out["times"] = times_of(history.times());
  out["failures"] = failures_of(Failures::of(index), index, items);
  out["retried"] = failures_of(Failures::of_retried(index), index, items);
  out["slowest"] = slowest_of(index, history, items);
  out["events"] = events_of(index, history.axis());
  add_job(out, run);
  out["scores"] = background.scores;
  out["pValues"] = background.p_values;
  return out;
}

}  // namespace mproc::report
