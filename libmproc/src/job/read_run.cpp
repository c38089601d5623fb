#include <algorithm>
#include <charconv>
#include <sstream>

#include "mproc/job/units.hpp"
#include "paths.hpp"
#include "read_parts.hpp"

namespace mproc::job {
namespace {

// To start, run a task and leave.
constexpr std::chrono::seconds least_for_tasks{5};

FailureLimit read_limit(const Spot& spot) {
  FailureLimit limit;
  if (!spot.value().is_string()) {
    spot.check(spot.value().is_number_integer(), "has to be a count or a share such as \"5%\", not {}",
               kind(spot.value()));
    limit.count = spot.count();
    return limit;
  }
  const std::string& text = spot.text();
  double percent = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), percent);
  const bool whole = error == std::errc() && std::string_view(rest, text.data() + text.size()) == "%";
  spot.check(whole && percent >= 0 && percent <= 100,
             "has to be a count or a share such as \"5%\", not \"{}\"", text);
  limit.share = percent / 100;
  return limit;
}

std::chrono::milliseconds read_walltime(const Spot& spot, std::chrono::milliseconds grace) {
  using seconds = std::chrono::duration<double>;
  const auto walltime = read_duration(spot);
  const auto needed = grace + least_for_tasks;
  spot.check(walltime >= needed,
             "leaves tasks no time: it has to be {} s at least with a run.grace of {} s, which the end takes",
             seconds(needed).count(), seconds(grace).count());
  return walltime;
}

/// A count, or "auto" for 0.
std::uint64_t read_count_or_auto(const Spot& spot, std::uint64_t most) {
  if (!spot.value().is_string()) return spot.count(1, most);
  spot.check(spot.text() == "auto", "has to be a whole number or \"auto\", not \"{}\"", spot.text());
  return 0;
}

std::string env_value(const Spot& spot) {
  const Json& value = spot.value();
  spot.check(value.is_string() || value.is_number(), "has to be a string or a number, not {}", kind(value));
  if (!value.is_string()) return value.dump();
  spot.check(spot.text().find('\0') == std::string::npos, "has a NUL character, which no variable can have");
  return expand(spot.text(), spot);
}

std::vector<std::pair<std::string, std::string>> read_env(const Spot& table) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& entry : table.table("env = { NAME = \"value\" }").items()) {
    const Spot spot = table.member(entry.key());
    const bool sane =
        !entry.key().empty() && entry.key().find_first_of(std::string_view("=\0", 2)) == std::string::npos;
    spot.check(sane, "is not a variable's name");
    out.emplace_back(entry.key(), env_value(spot));
  }
  return out;
}

Layout read_layout(const Spot& spot) {
  for (const auto& [name, layout] : {std::pair{"auto", Layout::automatic},
                                     {"rank-per-core", Layout::rank_per_core},
                                     {"rank-per-node", Layout::rank_per_node}})
    if (spot.text() == name) return layout;
  spot.refuse(
      fmt::format("has to be \"auto\", \"rank-per-core\" or \"rank-per-node\", not \"{}\"", spot.text()));
}

std::vector<std::string> read_launcher(const Spot& spot) {
  constexpr const char* example = "srun --mpi=pmix -N {nodes} -n {ranks}";
  std::vector<std::string> words;
  if (spot.value().is_array()) {
    words = spot.texts();
  } else {
    std::istringstream text(spot.text());
    for (std::string word; text >> word;) words.push_back(word);
  }
  spot.check(!words.empty(), "names no program; write \"srun\", or all of it: \"{}\"", example);
  const auto has_ranks = [](const std::string& word) { return word.find("{ranks}") != word.npos; };
  spot.check(words == std::vector<std::string>{"srun"} || std::ranges::any_of(words, has_ranks),
             "does not say how many ranks there are: write {{ranks}} where the number is to be, as in \"{}\"",
             example);
  return words;
}

}  // namespace

std::chrono::milliseconds read_duration(const Spot& spot) {
  const char* remedy = "a duration such as \"10s\", \"500ms\", \"30m\" or \"08:00:00\"";
  spot.check(spot.value().is_string(), "has to be {}, not {}", remedy, kind(spot.value()));
  const auto duration = parse_duration(spot.text());
  spot.check(duration.has_value(), "has to be {}, not \"{}\"", remedy, spot.text());
  return *duration;
}

RunOptions read_run(const Spot& section) {
  RunOptions run;
  constexpr std::uint64_t most = 1'000'000;
  if (section.has("max-failures")) run.max_failures = read_limit(section.member("max-failures"));
  if (section.has("chunk")) run.chunk = read_count_or_auto(section.member("chunk"), 1'000'000'000);
  if (section.has("executors"))
    run.executors = static_cast<std::uint32_t>(read_count_or_auto(section.member("executors"), most));
  if (section.has("recycle")) run.recycle = section.member("recycle").count(1);
  if (section.has("grace")) run.grace = read_duration(section.member("grace"));
  if (section.has("walltime")) run.walltime = read_walltime(section.member("walltime"), run.grace);
  if (section.has("relaunch"))
    run.relaunch = static_cast<std::uint32_t>(section.member("relaunch").count(0, most));
  if (section.has("layout")) run.layout = read_layout(section.member("layout"));
  if (section.has("launcher")) run.launcher = read_launcher(section.member("launcher"));
  if (section.has("env")) run.env = read_env(section.member("env"));
  return run;
}

}  // namespace mproc::job
