#include "outcomes.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "mproc/base/msgpack.hpp"
#include "mproc/base/say.hpp"
#include "mproc/journal/index.hpp"
#include "mproc/journal/value_text.hpp"
#include "mproc/run/outcome_parts.hpp"

namespace mproc::app {
namespace {

void print_result(base::ByteView bytes) {
  if (const auto output = command_output(bytes))
    std::fwrite(output->out.data(), 1, output->out.size(), stdout);
  else
    fmt::print("{}\n", value_line(bytes));
}

std::string failure_line(std::uint64_t task, base::ByteView outcome) {
  std::size_t offset = 0;
  const auto value = base::unpack_value(outcome, offset);
  return fmt::format("task {} failed: {}", task, run::failure_of(value.get()).summary());
}

}  // namespace

std::string value_line(base::ByteView bytes) {
  std::string line;
  std::uint64_t not_finite = 0;
  try {
    journal::append_json(line, bytes, not_finite);
  } catch (const journal::Misfit& misfit) {
    return fmt::format("({}; mproc results -o FILE.pickle has it)", misfit.what());
  }
  return line;
}

std::optional<CommandOutput> command_output(base::ByteView bytes) {
  std::size_t offset = 0;
  const auto value = base::unpack_value(bytes, offset);
  if (value.get().type != msgpack::type::MAP || value.get().via.map.size != 3) return std::nullopt;
  const auto* const pairs = value.get().via.map.ptr;
  const auto is_text = [&](int i, const char* name) {
    return pairs[i].key.type == msgpack::type::STR && pairs[i].val.type == msgpack::type::STR &&
           pairs[i].key.as<std::string>() == name;
  };
  if (!is_text(1, "stdout") || !is_text(2, "stderr")) return std::nullopt;
  return CommandOutput{pairs[1].val.as<std::string>(), pairs[2].val.as<std::string>()};
}

std::optional<std::string> first_failure(const std::filesystem::path& run) {
  const journal::Index index(journal::RunDirectory::find(run.parent_path(), run.string()));
  const auto failed = index.ranges({}, journal::Index::State::failed);
  if (failed.empty()) return std::nullopt;
  return failure_line(failed[0].first, journal::Index::Cursor(index, {}).at(failed[0].first).value);
}

void print_outcomes(const std::filesystem::path& run) {
  const journal::Index index(journal::RunDirectory::find(run.parent_path(), run.string()));
  journal::Index::Cursor cursor(index, {});
  const std::uint64_t extent = index.extent({});
  for (std::uint64_t task = 0; task < extent; ++task) {
    const auto outcome = cursor.at(task);
    if (outcome.state == journal::Index::State::succeeded) print_result(outcome.value);
    if (outcome.state != journal::Index::State::failed) continue;
    std::fflush(stdout);
    base::say(failure_line(task, outcome.value));
  }
  std::fflush(stdout);
}

}  // namespace mproc::app
