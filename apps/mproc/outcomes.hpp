#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace mproc::app {

/// Prints a run's results in input order, one a line, to stdout (of a command: its stdout as it is), and each
/// failure as a line on stderr.
void print_outcomes(const std::filesystem::path& run);

/// "task 7 failed: ValueError: ...", of the first task that did; nothing when none did.
std::optional<std::string> first_failure(const std::filesystem::path& run);

}  // namespace mproc::app
