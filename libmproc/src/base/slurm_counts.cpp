#include "mproc/base/slurm_counts.hpp"

#include <charconv>

namespace mproc::base {

std::vector<std::uint32_t> slurm_counts(std::string_view text) {
  constexpr std::uint32_t most_nodes = 1u << 20;
  std::vector<std::uint32_t> counts;
  const auto number = [&](std::uint32_t& value) {
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
    return error == std::errc();
  };
  for (std::uint32_t count = 0; number(count);) {
    std::uint32_t nodes = 1;
    if (text.starts_with("(x")) {
      text.remove_prefix(2);
      if (!number(nodes) || nodes > most_nodes || !text.starts_with(')')) break;
      text.remove_prefix(1);
    }
    counts.insert(counts.end(), nodes, count);
    if (!text.starts_with(',')) break;
    text.remove_prefix(1);
  }
  return counts;
}

}  // namespace mproc::base
