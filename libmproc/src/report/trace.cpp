#include "mproc/report/trace.hpp"

#include <fmt/format.h>

#include <set>

#include "mproc/base/json.hpp"

namespace mproc::report {
namespace {

using base::Json;

std::string json_text(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::uint32_t thread_of(const ExecutorName& executor) {
  return executor.slot == journal::Origin::unknown_slot ? 999'999 : executor.slot;
}

/// Names of ranks and executors, after what tells that the file is ours.
std::string head(const std::string& name, const History& history) {
  std::string out = R"({"otherData":{"mproc-report":"trace","run":)" + json_text(name) + "},";
  out += "\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n";
  std::set<std::int32_t> ranks;
  const auto meta = [&](const char* what, const ExecutorName& executor, const std::string& text) {
    out += fmt::format(R"({{"ph":"M","name":"{}","pid":{},"tid":{},"args":{{"name":{}}}}})", what,
                       executor.rank, thread_of(executor), json_text(text)) +
           ",\n";
  };
  for (const ExecutorName& executor : history.executors()) {
    if (ranks.insert(executor.rank).second)
      meta("process_name", executor, fmt::format("rank {} on {}", executor.rank, executor.host));
    meta("thread_name", executor,
         executor.slot == journal::Origin::unknown_slot ? "lost executors"
                                                        : fmt::format("executor {}", executor.slot));
  }
  return out;
}

void append_slice(std::string& to, const Bar& bar, const ExecutorName& executor,
                  const Axis::Session& session) {
  const char* const kind = bar.failed > 0 ? "failed" : "ok";
  const std::string name = bar.tasks.count == 1
                               ? fmt::format("task {}", bar.tasks.first)
                               : fmt::format("tasks {}-{}", bar.tasks.first, bar.tasks.end() - 1);
  const std::int64_t start = session.at(bar.start_ns);
  fmt::format_to(std::back_inserter(to),
                 R"({{"ph":"X","name":"{}","cat":"{}","pid":{},"tid":{},"ts":{}.{:03},"dur":{}.{:03})", name,
                 kind, executor.rank, thread_of(executor), start / 1000, start % 1000, bar.length_ns() / 1000,
                 bar.length_ns() % 1000);
  if (bar.failed > 0) to += R"(,"cname":"terrible")";
  to += fmt::format(R"(,"args":{{"stage":{},"tasks":{},"failed":{}}}}},)", bar.stage.map.value,
                    bar.tasks.count, bar.failed);
  to += '\n';
}

}  // namespace

void write_trace(const std::string& name, const journal::Index& index, const History& history,
                 const std::function<void(std::string_view)>& write) {
  write(head(name, history));
  std::string piece;
  history.for_each_bar([&](const Bar& bar, base::Epoch epoch) {
    append_slice(piece, bar, history.executors()[bar.executor], history.axis().sessions().at(epoch));
    if (piece.size() < (std::size_t{1} << 20)) return;
    write(piece);
    piece.clear();
  });
  for (const auto& event : index.events())
    piece += fmt::format(R"({{"ph":"i","s":"g","name":{},"pid":0,"tid":0,"ts":{}}},)", json_text(event.text),
                         history.axis().at(event.time_ns) / 1000) +
             "\n";
  // A list has no comma behind its last element.
  piece += R"({"ph":"M","name":"process_name","pid":0,"tid":0,"args":{"name":"central"}})";
  piece += "\n]}\n";
  write(piece);
}

}  // namespace mproc::report
