#include "outcomes.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "mproc/base/msgpack.hpp"
#include "mproc/journal/index.hpp"
#include "mproc/journal/value_text.hpp"
#include "mproc/run/outcome_parts.hpp"

namespace mproc::app {
namespace {

/// What a command printed, where the result is a command's.
const msgpack::object* command_output(const msgpack::object& value) {
  if (value.type != msgpack::type::MAP || value.via.map.size != 3) return nullptr;
  const auto& second = value.via.map.ptr[1];
  return second.key.type == msgpack::type::STR && second.key.as<std::string>() == "stdout" ? &second.val
                                                                                           : nullptr;
}

void print_result(base::ByteView bytes) {
  std::size_t offset = 0;
  const auto value = base::unpack_value(bytes, offset);
  if (const auto* output = command_output(value.get())) {
    std::fwrite(output->via.str.ptr, 1, output->via.str.size, stdout);
    return;
  }
  std::string line;
  std::uint64_t not_finite = 0;
  if (value.get().type == msgpack::type::EXT &&
      value.get().via.ext.type() == static_cast<std::int8_t>(base::Ext::pickle))
    line = "(a Python object; mproc results -o FILE.pickle has it)";
  else
    journal::append_json(line, bytes, not_finite);
  fmt::print("{}\n", line);
}

std::string failure_line(std::uint64_t task, base::ByteView outcome) {
  std::size_t offset = 0;
  const auto value = base::unpack_value(outcome, offset);
  return fmt::format("task {} failed: {}", task, run::failure_of(value.get()).summary());
}

}  // namespace

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
    fmt::print(stderr, "mproc: {}\n", failure_line(task, outcome.value));
  }
  std::fflush(stdout);
}

}  // namespace mproc::app
