#include "mproc/run/request.hpp"

#include <filesystem>

#include "mproc/job/job.hpp"

namespace mproc::run {

job::Document session_document(const std::vector<std::string>& settings) {
  auto document = job::Document::from_tree(job::Json::object(), "session", std::filesystem::current_path());
  for (const auto& setting : settings) document.set(setting);
  job::read_session(document);
  return document;
}

Request session_request(const std::string& socket, const std::vector<std::string>& settings) {
  Request request;
  request.document = session_document(settings);
  request.driver = std::filesystem::absolute(socket).string();
  return request;
}

std::string encode(const Request& request) {
  job::Json tasks = job::Json::array();
  for (const auto& range : request.options.tasks) tasks.push_back({range.first, range.count});
  const job::Json record = {{"document", request.document.tree()},
                            {"name", request.document.name()},
                            {"base_dir", request.document.base_dir().string()},
                            {"runs_root", request.options.runs_root.string()},
                            {"fresh", request.options.fresh},
                            {"retry_failed", request.options.retry_failed},
                            {"no_output", request.options.no_output},
                            {"tasks", tasks},
                            {"time_limit", request.options.time_limit.count()},
                            {"began_ns", request.options.began_ns},
                            {"end_ns", request.options.end_ns},
                            {"kill_wait", request.options.kill_wait.count()},
                            {"started_again", request.options.started_again},
                            {"driver", request.driver},
                            {"executors_per_worker", request.executors_per_worker},
                            {"executors", request.executors},
                            {"silence_ns", request.silence_ns},
                            {"executors_each", request.executors_each}};
  // Not JSON text, which has no NaN: a document may.
  const auto bytes = job::Json::to_msgpack(record);
  return {bytes.begin(), bytes.end()};
}

Request decode_request(const std::string& text) {
  const job::Json record = job::Json::from_msgpack(text);
  Request request;
  request.document =
      job::Document::from_tree(record.at("document"), record.at("name"),
                               std::filesystem::path(record.at("base_dir").get<std::string>()));
  request.options.runs_root = record.at("runs_root").get<std::string>();
  request.options.fresh = record.at("fresh");
  request.options.retry_failed = record.at("retry_failed");
  request.options.no_output = record.at("no_output");
  for (const auto& range : record.at("tasks"))
    request.options.tasks.push_back({range.at(0).get<std::uint64_t>(), range.at(1).get<std::uint64_t>()});
  request.options.time_limit = std::chrono::nanoseconds(record.at("time_limit").get<std::int64_t>());
  request.options.began_ns = record.at("began_ns");
  request.options.kill_wait = std::chrono::nanoseconds(record.at("kill_wait").get<std::int64_t>());
  request.options.end_ns = record.at("end_ns");
  request.options.started_again = record.at("started_again");
  request.driver = record.at("driver");
  request.executors_per_worker = record.at("executors_per_worker");
  request.executors = record.at("executors");
  request.silence_ns = record.at("silence_ns");
  request.executors_each = record.at("executors_each").get<std::vector<std::uint32_t>>();
  return request;
}

}  // namespace mproc::run
