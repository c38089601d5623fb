// How a run of central's ends: journal closed, outputs rendered, the summary.
#include <fmt/format.h>

#include "mproc/base/time.hpp"
#include "mproc/run/central.hpp"
#include "mproc/run/output.hpp"

namespace mproc::run {
namespace {

std::string plural(std::uint64_t n, const char* noun) {
  return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

std::string duration(double seconds) {
  if (seconds < 120) return fmt::format("{:.1f} s", seconds);
  const auto s = static_cast<std::uint64_t>(seconds);
  return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

}  // namespace

void Central::finish(const std::string& state, base::ExitStatus status, const std::string& text) {
  finished_ = true;
  env_.observer.ending();
  for (const auto& [rank, worker] : workers_) tell(rank, wire::Stop{lossy_});
  if (!recorder_.begun()) {
    result_ = {status, text.empty() ? "stopped before any task ran" : text, {}};
    return;
  }
  result_.directory = recorder_.directory().path();
  const std::string run = recorder_.directory().name();
  std::string lines;
  const auto add_line = [&](const std::string& line) { lines += (lines.empty() ? "" : "\n") + line; };
  if (!text.empty()) add_line(text);
  Progress end = progress();
  bool complete = false;
  const bool render = job_.output.format != job::Format::none && !options_.no_output;
  try {
    recorder_.end(state, end);
    const journal::Index index(recorder_.directory());
    end.succeeded = index.succeeded({});
    end.failed = index.failed({});
    complete = items_complete_ && end.succeeded + end.failed == next_item_;
    if (complete && render) {
      if (const auto line = write_output(job_, index, next_item_); !line.empty()) add_line(line);
    }
  } catch (const base::UserError& e) {
    add_line(e.what());
    status = base::ExitStatus::usage;
  } catch (const std::exception& e) {
    add_line(fmt::format("{}; the same command goes on", e.what()));
    status = base::ExitStatus::incomplete;
  }
  if (status == base::ExitStatus::success && end.failed > 0) status = base::ExitStatus::task_failed;

  const std::string counts = fmt::format(
      "{} of {} done: {} succeeded, {} failed, in {}", end.succeeded + end.failed,
      end.total ? plural(*end.total, "task") : "the tasks", end.succeeded, end.failed, duration(end.seconds));
  add_line(counts);
  for (const auto& group : tally_.groups()) add_line("  " + group);
  if (complete && render && job_.output.path != "-")
    add_line(fmt::format("results: {}   run: {}", job_.output.path.string(), result_.directory));
  else
    add_line(fmt::format("run: {}", result_.directory));
  if (!complete && (status == base::ExitStatus::drained || status == base::ExitStatus::interrupted))
    add_line("the same command goes on where this run stopped");
  if (complete && end.failed > 0) add_line("--retry-failed runs the failed tasks again");
  result_.status = status;
  result_.text = lines;
}

void Central::fail(base::ExitStatus status, const std::string& text) {
  if (finished_) return;
  finish(status == base::ExitStatus::usage ? "stopped" : "incomplete", status, text);
}

}  // namespace mproc::run
