#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "mproc/base/outcome.hpp"

namespace mproc::app {

/// Prints a run's results in input order, one a line, to stdout (of a command: its stdout as it is), and each
/// failure as a line on stderr.
void print_outcomes(const std::filesystem::path& run);

/// A result, or an item, as one line.
std::string value_line(base::ByteView value);

/// What a command printed to stdout and stderr, where the result is a command's.
struct CommandOutput {
  std::string out, err;
};
std::optional<CommandOutput> command_output(base::ByteView result);

/// "task 7 failed: ValueError: ...", of the first task that did; nothing when none did.
std::optional<std::string> first_failure(const std::filesystem::path& run);

}  // namespace mproc::app
