#include <algorithm>
#include <array>

#include "read_parts.hpp"

namespace mproc::job {
namespace {

struct Reserved {
  std::string_view option, remedy;
};

/// Options of sbatch that a run cannot have.
constexpr std::array reserved{
    Reserved{"array", "would run the whole job several times: give the job items, one for each"},
    Reserved{"wrap", "is what mproc submit writes itself"},
    Reserved{"chdir", "is where mproc submit is called: runs and outputs are there"},
    Reserved{"parsable", "is mproc submit's own"},
    Reserved{"wait", "is an option of mproc submit: --wait"},
    Reserved{"test-only", "is an option of mproc submit: --dry-run"},
};

constexpr std::string_view characters_of_options = "abcdefghijklmnopqrstuvwxyz0123456789-";

bool is_one_line(const std::string& text) {
  return text.find_first_of(std::string_view("\n\r\0", 3)) == std::string::npos;
}

void check_option(const Spot& spot) {
  const std::string& name = spot.name();
  if (name.find('_') != std::string::npos) {
    std::string with_dashes = name;
    std::ranges::replace(with_dashes, '_', '-');
    spot.refuse("has underscores, and sbatch's options have dashes: " + with_dashes);
  }
  const bool is_option = name.find_first_not_of(characters_of_options) == std::string::npos &&
                         !name.empty() && name.front() != '-';
  spot.check(is_option && name.size() > 1, "is no long option of sbatch");
  for (const auto& [option, remedy] : reserved) spot.check(name != option, "{}", remedy);
}

std::string option_value(const Spot& spot) {
  const Json& value = spot.value();
  if (value.is_array()) {
    std::string joined;
    for (const auto& text : spot.texts()) joined += (joined.empty() ? "" : ",") + text;
    return joined;
  }
  spot.check(value.is_string() || value.is_number_integer(),
             "has to be a string, a whole number, true, or a list of strings, not {}", kind(value));
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace

Slurm read_slurm(const Spot& section) {
  Slurm slurm;
  for (const auto& entry : section.table("[slurm]").items()) {
    const Spot spot = section.member(entry.key());
    if (spot.name() == "setup") {
      slurm.setup = spot.value().is_string() ? std::vector{spot.text()} : spot.texts();
      continue;
    }
    check_option(spot);
    if (spot.value().is_boolean()) {
      if (spot.value().get<bool>()) slurm.options.emplace_back(spot.name(), "");
      continue;
    }
    const std::string value = option_value(spot);
    spot.check(!value.empty() && is_one_line(value), "has to be one line of text");
    slurm.options.emplace_back(spot.name(), value);
  }
  return slurm;
}

}  // namespace mproc::job
