#include "keys.hpp"

#include <algorithm>
#include <array>

#include "mproc/base/nearest.hpp"
#include "mproc/job/spot.hpp"
#include "parse.hpp"

namespace mproc::job {
namespace {

struct KeySpec {
  std::string_view section;  ///< empty: the root
  std::string_view key;
};

constexpr std::array specs{
    KeySpec{"", "version"},
    KeySpec{"", "name"},
    KeySpec{"", "seed"},
    KeySpec{"", "init"},
    KeySpec{"", "task"},
    KeySpec{"", "items"},
    KeySpec{"", "data"},
    KeySpec{"", "run"},
    KeySpec{"", "output"},
    KeySpec{"", "slurm"},
    KeySpec{"", "fresh"},
    KeySpec{"", "crossval"},
    KeySpec{"init", "modules"},
    KeySpec{"init", "files"},
    KeySpec{"init", "code"},
    KeySpec{"task", "function"},
    KeySpec{"task", "command"},
    KeySpec{"task", "directory"},
    KeySpec{"task", "native"},
    KeySpec{"task", "args"},
    KeySpec{"task", "call"},
    KeySpec{"task", "cpus"},
    KeySpec{"task", "gpus"},
    KeySpec{"task", "pin"},
    KeySpec{"task", "memory"},
    KeySpec{"task", "timeout"},
    KeySpec{"task", "retries"},
    KeySpec{"task", "lost-retries"},
    KeySpec{"items", "list"},
    KeySpec{"items", "range"},
    KeySpec{"items", "grid"},
    KeySpec{"items", "zip"},
    KeySpec{"items", "csv"},
    KeySpec{"items", "jsonl"},
    KeySpec{"items", "npy"},
    KeySpec{"items", "lines"},
    KeySpec{"items", "glob"},
    KeySpec{"items", "array"},
    KeySpec{"items", "sources"},
    KeySpec{"items", "python"},
    KeySpec{"fresh", "input"},
    KeySpec{"fresh", "wide"},
    KeySpec{"fresh", "id"},
    KeySpec{"fresh", "sort"},
    KeySpec{"fresh", "kind"},
    KeySpec{"fresh", "values"},
    KeySpec{"fresh", "features"},
    KeySpec{"fresh", "select"},
    KeySpec{"fresh.select", "target"},
    KeySpec{"fresh.select", "id"},
    KeySpec{"fresh.select", "column"},
    KeySpec{"fresh.select", "ml-task"},
    KeySpec{"fresh.select", "test"},
    KeySpec{"fresh.select", "fdr"},
    KeySpec{"fresh.select", "independent"},
    KeySpec{"fresh.select", "multiclass"},
    KeySpec{"fresh.select", "n-significant"},
    KeySpec{"fresh.select", "best"},
    KeySpec{"fresh.select", "percentile"},
    KeySpec{"fresh.select", "table"},
    KeySpec{"crossval", "features"},
    KeySpec{"crossval", "columns"},
    KeySpec{"crossval", "target"},
    KeySpec{"crossval", "group"},
    KeySpec{"crossval", "label-start"},
    KeySpec{"crossval", "label-end"},
    KeySpec{"crossval", "estimator"},
    KeySpec{"crossval", "function"},
    KeySpec{"crossval", "args"},
    KeySpec{"crossval", "split"},
    KeySpec{"crossval", "k"},
    KeySpec{"crossval", "repeats"},
    KeySpec{"crossval", "share"},
    KeySpec{"crossval", "shuffle"},
    KeySpec{"crossval", "gap"},
    KeySpec{"crossval", "embargo"},
    KeySpec{"crossval", "search"},
    KeySpec{"crossval", "trials"},
    KeySpec{"crossval", "factor"},
    KeySpec{"crossval", "resource"},
    KeySpec{"crossval", "min-resource"},
    KeySpec{"crossval", "max-resource"},
    KeySpec{"crossval", "params"},
    KeySpec{"crossval", "scoring"},
    KeySpec{"crossval", "holdout"},
    KeySpec{"crossval", "holdout-shuffle"},
    KeySpec{"crossval", "model"},
    KeySpec{"run", "max-failures"},
    KeySpec{"run", "walltime"},
    KeySpec{"run", "chunk"},
    KeySpec{"run", "executors"},
    KeySpec{"run", "recycle"},
    KeySpec{"run", "layout"},
    KeySpec{"run", "launcher"},
    KeySpec{"run", "grace"},
    KeySpec{"run", "relaunch"},
    KeySpec{"run", "env"},
    KeySpec{"output", "path"},
    KeySpec{"output", "format"},
};

std::vector<std::string_view> keys_of(std::string_view section) {
  std::vector<std::string_view> out;
  for (const KeySpec& spec : specs)
    if (spec.section == section) out.push_back(spec.key);
  return out;
}

const KeySpec* find(std::string_view section, std::string_view key) {
  const auto found = std::find_if(specs.begin(), specs.end(), [&](const KeySpec& spec) {
    return spec.section == section && spec.key == key;
  });
  return found == specs.end() ? nullptr : &*found;
}

/// Where the user may have meant to write a key that is right but in the wrong place.
std::string other_section(std::string_view key) {
  for (const KeySpec& spec : specs) {
    if (spec.key != key) continue;
    return spec.section.empty() ? "; it belongs above the first section"
                                : fmt::format("; it belongs in [{}]", spec.section);
  }
  return {};
}

std::string joined(std::span<const std::string_view> words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

[[noreturn]] void refuse_unknown(const Spot& spot, std::string_view section,
                                 std::span<const std::string_view> known) {
  std::string remedy = base::did_you_mean(spot.name(), known);
  if (const std::string other = other_section(spot.name()); !other.empty()) remedy = other;
  if (remedy.empty())
    remedy = fmt::format("; {} knows {}", section.empty() ? "a job file" : fmt::format("[{}]", section),
                         joined(known));
  throw base::UserError(fmt::format("{}: unknown key '{}'{}", spot.where(), printable(spot.key()), remedy));
}

void check_section(const Spot& table, const std::string& section) {
  for (const auto& entry : table.value().items()) {
    const Spot spot = table.member(entry.key());
    const KeySpec* spec = find(section, entry.key());
    if (spec == nullptr) refuse_unknown(spot, section, keys_of(section));
  }
}

}  // namespace

void check_keys(const Document& document) {
  const Spot root(document);
  check_section(root, "");
  for (const std::string section : {"init", "task", "items", "fresh", "crossval", "run", "output"}) {
    if (!root.has(section)) continue;
    const Spot spot = root.member(section);
    spot.table(fmt::format("[{}]", section));
    check_section(spot, section);
  }
  if (root.has("fresh") && root.member("fresh").has("select")) {
    const Spot select = root.member("fresh").member("select");
    select.table("[fresh.select]");
    check_section(select, "fresh.select");
  }
}

}  // namespace mproc::job
