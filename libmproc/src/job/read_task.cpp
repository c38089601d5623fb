#include <algorithm>
#include <array>
#include <cmath>

#include "mproc/base/nearest.hpp"
#include "mproc/job/command.hpp"
#include "mproc/job/native.hpp"
#include "mproc/job/units.hpp"
#include "paths.hpp"
#include "read_parts.hpp"

namespace mproc::job {
namespace {

/// "a.b.c", each part a Python identifier as far as that can be told without Python (letters beyond ASCII
/// pass).
bool is_dotted_name(std::string_view text) {
  bool start = true;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '.') {
      if (start) return false;
      start = true;
      continue;
    }
    const bool letter = std::isalpha(byte) || c == '_' || byte >= 0x80;
    if (!letter && (start || !std::isdigit(byte))) return false;
    start = false;
  }
  return !start;
}

constexpr std::array<std::pair<std::string_view, Call>, 4> calls{
    {{"auto", Call::automatic}, {"item", Call::item}, {"star", Call::star}, {"kwargs", Call::kwargs}}};

Call read_call(const Spot& spot) {
  const std::string& text = spot.text();
  for (const auto& [name, call] : calls)
    if (name == text) return call;
  std::vector<std::string_view> names;
  names.reserve(calls.size());
  for (const auto& [name, call] : calls) names.push_back(name);
  spot.refuse(fmt::format("has to be auto, item, star or kwargs, not \"{}\"{}", text,
                          base::did_you_mean(text, names)));
}

std::string read_function(const Spot& spot) {
  const std::string& name = spot.text();
  spot.check(is_function_name(name), "has to be \"module:function\", or a name from init code, not \"{}\"",
             name);
  return name;
}

std::string read_native(const Spot& spot) {
  std::string text = spot.text();
  try {
    const std::string written = parse_native(text).library, library = expand(written, spot);
    if (library.find('/') != library.npos) existing_file(library, spot);
    return text.replace(0, written.size(), library);
  } catch (const NativeProblem& problem) {
    spot.refuse(problem.what());
  }
}

/// {field} and {} are placeholders, {{ and }} are braces; anything else with a brace is a slip.
void check_placeholders(const Spot& spot, const std::string& text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '{' && text[at] != '}') continue;
    if (at + 1 < text.size() && text[at + 1] == text[at]) {
      ++at;
      continue;
    }
    const std::size_t close = text.find_first_of("{}", at + 1);
    spot.check(text[at] == '{' && close != text.npos && text[close] == '}',
               "has a single '{}': write {{field}} for a part of the item, {{}} for the item, {{{{ and }}}} "
               "for braces: {}",
               text[at], text);
    at = close;
  }
}

void check_line(const Spot& spot) {
  const std::string& line = spot.text();
  spot.check(line.find_first_not_of(" \t\n") != line.npos, "is empty; write \"program argument\"");
  spot.check(line.find('\0') == line.npos, "has a NUL character, which no command can have");
  try {
    parse_command_line(line);
  } catch (const CommandProblem& problem) {
    spot.refuse(problem.what());
  }
}

std::vector<std::string> read_command(const Spot& spot) {
  if (spot.value().is_string()) return check_line(spot), std::vector{spot.text()};
  std::vector<std::string> command = spot.texts();
  spot.check(!command.empty() && !command[0].empty(), "is empty; write [\"program\", \"argument\"]");
  for (std::size_t i = 0; i < command.size(); ++i) {
    const Spot element = spot.element(i);
    element.check(command[i].find('\0') == std::string::npos,
                  "has a NUL character, which no argument can have");
    check_placeholders(element, command[i]);
  }
  return command;
}

std::string read_directory(const Spot& spot) {
  const std::string& text = spot.text();
  spot.check(!text.empty() && text.find('\0') == text.npos, "has to be a path, such as \"out/{{/.}}\"");
  check_placeholders(spot, text);
  return text;
}

std::uint64_t read_memory(const Spot& spot) {
  const char* remedy = "a size such as \"2GiB\" or \"500MB\"";
  spot.check(spot.value().is_string(), "has to be {}, not {}", remedy, kind(spot.value()));
  const auto size = parse_size(spot.text());
  spot.check(size.has_value() && *size > 0, "has to be {}, not \"{}\"", remedy, spot.text());
  return *size;
}

/// A duration, or seconds.
std::chrono::milliseconds read_timeout(const Spot& spot) {
  const Json& value = spot.value();
  constexpr double most_seconds = 1e9;
  std::chrono::milliseconds timeout{0};
  if (value.is_number()) {
    const auto seconds = value.get<double>();
    spot.check(seconds <= most_seconds, "is longer than anything runs");
    if (seconds > 0) timeout = std::chrono::milliseconds(std::llround(seconds * 1e3));
  } else {
    timeout = read_duration(spot);
  }
  spot.check(timeout.count() > 0, "leaves a task no time; remove it for no limit");
  return timeout;
}

}  // namespace

bool is_qualified_name(std::string_view text) {
  const std::size_t colon = text.find(':');
  return colon != text.npos && is_dotted_name(text.substr(0, colon)) &&
         is_dotted_name(text.substr(colon + 1));
}

bool is_function_name(std::string_view text) {
  return is_dotted_name(text) || is_qualified_name(text);
}

Demand read_demand(const Spot& section) {
  constexpr std::uint64_t most = 100'000;
  Demand demand;
  if (section.has("cpus")) demand.cpus = static_cast<std::uint32_t>(section.member("cpus").count(1, most));
  if (section.has("gpus")) {
    const Spot gpus = section.member("gpus");
    gpus.check(!gpus.value().is_number_float(), "has to be a whole number: executors share no GPU");
    demand.gpus = static_cast<std::uint32_t>(gpus.count(0, most));
  }
  if (section.has("pin")) {
    const Spot pin = section.member("pin");
    pin.check(pin.value().is_boolean(), "has to be true or false, not {}", kind(pin.value()));
    demand.pin = pin.value().get<bool>();
  }
  if (section.has("memory")) demand.memory = read_memory(section.member("memory"));
  return demand;
}

void read_limits(const Spot& section, Task& task) {
  constexpr std::uint64_t most = 1'000'000;
  task.demand = read_demand(section);
  if (section.has("timeout")) task.timeout = read_timeout(section.member("timeout"));
  if (section.has("retries"))
    task.retries = static_cast<std::uint32_t>(section.member("retries").count(0, most));
  if (section.has("lost-retries"))
    task.lost_retries = static_cast<std::uint32_t>(section.member("lost-retries").count(0, most));
}

Task read_task(const Spot& section) {
  std::string first;
  for (const char* key : {"function", "native", "command"}) {
    if (!section.has(key)) continue;
    if (!first.empty())
      section.member(key).refuse(fmt::format("and 'task.{}' exclude each other; keep one", first));
    first = key;
  }
  section.check(!first.empty(),
                "says not what to run; add function = \"module:function\", native = \"LIBRARY:KERNEL\" or "
                "command = [\"program\", \"{{}}\"]");
  Task task;
  if (first == "function") task.function = read_function(section.member("function"));
  if (first == "native") {
    task.kernel = MapSpec::Kernel::native;
    task.function = read_native(section.member("native"));
    if (section.has("call"))
      section.member("call").refuse("is for Python; a native kernel's parameters say how it takes an item");
  }
  if (first != "command" && section.has("directory"))
    section.member("directory").refuse("is for commands; a function has os.chdir()");
  if (first == "command") {
    task.kernel = MapSpec::Kernel::command;
    task.command = read_command(section.member("command"));
    task.line = section.member("command").value().is_string();
    if (section.has("directory")) task.directory = read_directory(section.member("directory"));
    for (const char* key : {"args", "call"})
      if (section.has(key))
        section.member(key).refuse("is for functions; a command takes its item by {field} in its arguments");
  }
  if (section.has("args")) task.args = section.member("args").table("args = { name = value }");
  if (section.has("call")) task.call = read_call(section.member("call"));
  read_limits(section, task);
  return task;
}

}  // namespace mproc::job
