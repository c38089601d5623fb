#include "mproc/journal/status.hpp"

#include <nlohmann/json.hpp>

#include "mproc/base/fd.hpp"

namespace mproc::journal {
namespace {
using Json = nlohmann::ordered_json;

std::filesystem::path status_file(const RunDirectory& run) {
  return run.path() / "status.json";
}
}  // namespace

void write_status(const RunDirectory& run, const Status& status) {
  Json json{{"state", status.state}};
  json["total"] = status.total ? Json(*status.total) : Json(nullptr);
  json["succeeded"] = status.succeeded;
  json["failed"] = status.failed;
  json["running"] = status.running;
  json["done_before"] = status.done_before;
  json["ranks"] = status.ranks;
  json["executors"] = status.executors;
  json["started_ns"] = status.started_ns;
  json["updated_ns"] = status.updated_ns;
  json["host"] = status.host;
  json["pid"] = status.pid;
  json["slurm_job"] = status.slurm_job;
  // A host's name may be in whatever encoding.
  base::write_file_atomically(status_file(run),
                              json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::optional<Status> read_status(const RunDirectory& run) try {
  const Json json = Json::parse(base::read_file(status_file(run)));
  Status status;
  status.state = json.at("state").get<std::string>();
  if (json.contains("total") && !json["total"].is_null()) status.total = json["total"].get<std::uint64_t>();
  status.succeeded = json.value("succeeded", status.succeeded);
  status.failed = json.value("failed", status.failed);
  status.running = json.value("running", status.running);
  status.done_before = json.value("done_before", status.done_before);
  status.ranks = json.value("ranks", status.ranks);
  status.executors = json.value("executors", status.executors);
  status.started_ns = json.value("started_ns", status.started_ns);
  status.updated_ns = json.value("updated_ns", status.updated_ns);
  status.host = json.value("host", status.host);
  status.pid = json.value("pid", status.pid);
  status.slurm_job = json.value("slurm_job", status.slurm_job);
  return status;
} catch (const base::SystemError&) {
  return std::nullopt;
} catch (const Json::exception&) {
  return std::nullopt;
}

std::optional<Status> present_status(const RunDirectory& run) {
  // In this order: an owner leaves after its last status.
  const bool owned = Ownership::is_held(run);
  auto status = read_status(run);
  if (status && !owned && (status->state == "running" || status->state == "draining"))
    status->state = "killed";
  return status;
}

}  // namespace mproc::journal
