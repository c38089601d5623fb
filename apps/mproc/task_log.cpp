#include "task_log.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "mproc/run/outcome_parts.hpp"
#include "outcomes.hpp"
#include "trial.hpp"

namespace mproc::app {
namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::size_t most_shown = 2000;

/// Under a title, each line set off from ours.
std::string block_of(const std::string& title, const std::string& text) {
  if (text.empty()) return {};
  std::string out = title.empty() ? "" : "  " + title + "\n";
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    out += fmt::format("  | {}\n", text.substr(start, end - start));
    start = end + 1;
  }
  return out;
}

std::string when(const journal::Index::Detail& detail) {
  if (detail.start_ns == detail.end_ns) return clock_time(detail.end_ns);
  const std::string end = clock_time(detail.end_ns);
  return fmt::format("{} to {} ({})", clock_time(detail.start_ns), end.substr(end.find(' ') + 1),
                     duration(static_cast<double>(detail.end_ns - detail.start_ns) / second));
}

std::string where(const journal::Index::Detail& detail) {
  std::string text = fmt::format("rank {}", detail.origin.rank);
  if (detail.origin.slot != journal::Origin::unknown_slot)
    text += fmt::format(", executor {}", detail.origin.slot);
  return text + " on " + detail.origin.host;
}

std::string failure_text(const base::Failure& failure) {
  std::string text = fmt::format("  {}: {}\n", base::name(failure.kind), failure.summary());
  // A traceback ends with the whole message.
  const std::size_t line = failure.message.find('\n');
  if (failure.traceback.empty() && line != std::string::npos)
    text += block_of("", failure.message.substr(line + 1));
  // Of a process that died, and of a command: what it said last, of which a Python stack may be a part.
  const bool traceback = failure.traceback.starts_with("Traceback");
  return text + block_of(traceback ? "" : "it said last:", failure.traceback);
}

}  // namespace

std::string clock_time(std::int64_t wall_ns) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S}.{:03}", fmt::localtime(static_cast<std::time_t>(wall_ns / second)),
                     wall_ns % second / 1'000'000);
}

std::string shortened(const std::string& line) {
  if (line.size() <= most_shown) return line;
  std::size_t end = most_shown;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) --end;
  return fmt::format("{}… ({} bytes; mproc results shows all)", line.substr(0, end), line.size());
}

std::string try_text(std::size_t number, const journal::Index::Detail& detail) {
  const bool failed = detail.outcome.state == journal::Index::State::failed;
  std::string text =
      fmt::format("try {}: {}, {}, {}", number, failed ? "failed" : "succeeded", when(detail), where(detail));
  if (!failed) {
    text += '\n';
    if (const auto output = command_output(detail.outcome.value))
      text += block_of("stdout:", output->out) + block_of("stderr:", output->err);
    else
      text += fmt::format("  result: {}\n", shortened(value_line(detail.outcome.value)));
  } else {
    std::size_t offset = 0;
    const base::Failure failure = run::failure_of(base::unpack_value(detail.outcome.value, offset).get());
    if (failure.pid != 0) text += fmt::format(", pid {}", failure.pid);
    text += '\n' + failure_text(failure);
  }
  return text + block_of("it printed:", detail.capture);
}

}  // namespace mproc::app
